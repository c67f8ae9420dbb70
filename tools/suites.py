"""Runs the four test suites and says how many tests ran in each: `python -m tools.suites`.

- browser: tests/e2e, which drive the app in a real Chromium, one after the other;
- commands: tests/cli and tests/benchmarks, which call the programs and scripts as a person would, whole runs included;
- app: tests/app and tests/pages, which run pages without a browser;
- unit: every other folder of tests/, in under two minutes on two cores.

Exit code 0 only when every suite ran at least one test and none failed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tools import chromium

ROOT = Path(__file__).resolve().parent.parent
APP, COMMANDS, BROWSER = ["tests/app", "tests/pages"], ["tests/cli", "tests/benchmarks"], ["tests/e2e"]
MOST_WORKERS = 8  # each one imports torch: some 500 MB
SUITES: dict[str, list[str]] = {
    "unit": ["tests", *(f"--ignore={folder}" for folder in (*APP, *COMMANDS, *BROWSER))],
    "app": APP,
    "commands": COMMANDS,
    "browser": BROWSER,
}


@dataclass(frozen=True)
class Result:
    """What one suite did. `skipped` includes expected failures; `failed` includes errors."""

    suite: str
    passed: int
    failed: int
    skipped: int
    seconds: float
    code: int

    @property
    def ran(self) -> int:
        """Tests that really ran."""
        return self.passed + self.failed

    @property
    def good(self) -> bool:
        return self.code == 0 and self.failed == 0 and self.ran + self.skipped > 0


def run(suite: str, environment: dict[str, str]) -> Result:
    """One suite in its own pytest, which writes to our output."""
    print(f"\n=== {suite} tests", flush=True)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", *SUITES[suite], *_spread(suite), f"--junitxml={report}"]
        code = subprocess.run(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, check=False).returncode
        return Result(suite, *count(report), time.monotonic() - started, code)


def _spread(suite: str) -> list[str]:
    """All but the browser tests go over the cores, a file at a time as tests/conftest.py orders them; browser tests want the machine for themselves."""
    workers = min(os.cpu_count() or 1, MOST_WORKERS)
    if suite == "browser" or workers == 1:
        return []
    return ["-n", str(workers), "--dist", "loadfile", "--no-loadscope-reorder"]


def count(report: Path) -> tuple[int, int, int]:
    """Passed, failed, skipped from pytest's JUnit report; zeros when pytest did not get as far as writing it."""
    if not report.is_file():
        return 0, 0, 0
    suites = list(ElementTree.parse(report).getroot().iter("testsuite"))
    total, failures, errors, skipped = (
        sum(int(s.get(name, 0)) for s in suites) for name in ("tests", "failures", "errors", "skipped")
    )
    return total - failures - errors - skipped, failures + errors, skipped


def table(results: list[Result]) -> str:
    """One line per suite, and one that sums up."""
    lines = [f"{'suite':<8} {'ran':>6} {'passed':>7} {'failed':>7} {'skipped':>8} {'seconds':>8}"]
    for r in results:
        remark = "" if r.good else "  <- NO TESTS" if r.ran + r.skipped == 0 else "  <- FAILED"
        lines.append(f"{r.suite:<8} {r.ran:>6} {r.passed:>7} {r.failed:>7} {r.skipped:>8} {r.seconds:>8.1f}{remark}")
    counts = ", ".join(f"{r.suite} {r.ran}" for r in results)
    verdict = "all passed" if all(r.good for r in results) else "NOT ALL PASSED"
    return "\n".join([*lines, f"Tests run: {counts}; {sum(r.ran for r in results)} in all: {verdict}."])


def main() -> int:
    browser, missing = chromium.ensure()
    environment = os.environ | {"CHROMIUM": browser}
    # Two threads per worker on two cores would only fight; the engine's own processes in browser tests keep theirs.
    single = environment | {"OMP_NUM_THREADS": "1"}
    results = [run(suite, environment if suite == "browser" else single) for suite in SUITES]
    print("\n" + table(results), flush=True)
    if missing:
        print(missing, flush=True)
    refused = bool(missing and os.environ.get("CI"))
    return 0 if all(r.good for r in results) and not refused else 1


if __name__ == "__main__":
    sys.exit(main())

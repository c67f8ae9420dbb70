"""The two processes that are measured: the product's and the plain loop's. They take turns; the one that has none waits. Torch-free.

Each has the surroundings its users give it: the product those of a run's worker, the plain loop PyTorch's own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from engine.config import RunConfig
from engine.errors import RunFailed
from engine.runner.process import ROOT, SURROUNDINGS

BASELINE = ROOT / "benchmarks" / "baseline.py"
LAST_WORDS = 300  # characters of a dead process's last line that are shown
ENDING = 5.0  # seconds a process may take to end by itself


class Child:
    """One measured process, from `with` to its end."""

    def __init__(self, module: str, what: str, defaults: Mapping[str, str]) -> None:
        """defaults: environment variables set unless the person has set them."""
        self.what = what
        self._said = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115 - closed in __exit__
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=ROOT,
            env={**defaults, **os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            start_new_session=True,  # Ctrl-C reaches the parent only, which then ends both
        )

    def ask(self, do: str, **more: object) -> Any:
        """The answer to one question, waited for. Raises RunFailed with the child's sentence, or when the child has died."""
        assert self._process.stdin and self._process.stdout
        try:
            self._process.stdin.write(json.dumps({"do": do, **more}) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise RunFailed(self._last_words())
        answer = json.loads(line)
        if "error" in answer:
            raise RunFailed(str(answer["error"]))
        return answer["value"]

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends the process: at once when something went wrong, otherwise when it has put its things away."""
        assert self._process.stdin and self._process.stdout
        if error is not None:
            self._process.kill()
        try:
            self._process.stdin.close()
            self._process.wait(ENDING)
        except (BrokenPipeError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._said.close()

    def _last_words(self) -> str:
        code = self._process.wait()
        self._said.seek(0)
        lines = [line.strip() for line in self._said.read().splitlines() if line.strip()]
        why = lines[-1][:LAST_WORDS] if lines else "it said nothing; a lack of memory is the usual cause"
        return f"The process of {self.what} ended in the middle (exit code {code}): {why}"


def start(config: RunConfig, product: Child, baseline: Child | None) -> None:
    """Both make their loops for `config`; neither has computed one yet."""
    for child in filter(None, (product, baseline)):
        child.ask("start", config=config.to_dict())


def product() -> Child:
    return Child("engine.bench.product", "the product's loop", SURROUNDINGS)


def baseline() -> Child:
    return Child("benchmarks.baseline", "the plain loop", {})


def difference(product: Child, baseline: Child) -> float | None:
    """How far one inner loop of the product is from the plain one's; None where it cannot be told."""
    with tempfile.TemporaryDirectory() as folder:
        if not product.ask("check", folder=folder):
            return None
        return float(baseline.ask("check", folder=str(Path(folder))))

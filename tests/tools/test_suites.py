"""The suites: together they hold every test, and their counts are pytest's own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tools import chromium, suites
from tools.suites import ROOT, SUITES, Result

EXAMPLE = """
import pytest

def test_good(): pass
def test_bad(): assert False
def test_left(): pytest.skip("not here")
@pytest.fixture
def broken(): raise ValueError
def test_error(broken): pass
@pytest.mark.xfail
def test_known(): assert False
@pytest.mark.parametrize("n", range(3))
def test_many(n): pass
"""


def paths(suite: str) -> set[Path]:
    """The test files that the suite's arguments select."""
    folders = [ROOT / argument for argument in SUITES[suite] if not argument.startswith("--")]
    left_out = [
        ROOT / argument.removeprefix("--ignore=") for argument in SUITES[suite] if argument.startswith("--ignore=")
    ]
    found = {path for folder in folders for path in folder.rglob("test_*.py")}
    return {path for path in found if not any(path.is_relative_to(folder) for folder in left_out)}


def test_every_test_file_is_in_exactly_one_suite() -> None:
    listed = [path for suite in SUITES for path in paths(suite)]
    assert sorted(listed) == sorted((ROOT / "tests").rglob("test_*.py"))


def test_test_files_have_names_of_their_own() -> None:
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert len(names) == len(set(names))


def test_counts_are_those_of_pytest(tmp_path: Path) -> None:
    (tmp_path / "test_example.py").write_text(EXAMPLE)
    report = tmp_path / "report.xml"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", tmp_path, f"--junitxml={report}", "--rootdir", tmp_path],
        cwd=tmp_path,
        capture_output=True,
    )
    assert done.returncode == 1
    assert suites.count(report) == (4, 2, 2)


def test_no_report_counts_as_nothing(tmp_path: Path) -> None:
    assert suites.count(tmp_path / "none.xml") == (0, 0, 0)


@pytest.mark.parametrize(
    ("result", "good"),
    [
        (Result("unit", 5, 0, 0, 1.0, 0), True),
        (Result("browser", 0, 0, 4, 1.0, 0), True),  # skipped for want of a browser: the loud line decides
        (Result("unit", 5, 1, 0, 1.0, 1), False),
        (Result("unit", 5, 0, 0, 1.0, 2), False),  # pytest itself was interrupted
        (Result("unit", 0, 0, 0, 1.0, 5), False),  # nothing was collected
    ],
)
def test_what_counts_as_good(result: Result, good: bool) -> None:
    assert result.good is good


def test_the_table_says_how_many_ran() -> None:
    results = [
        Result("unit", 300, 0, 2, 61.04, 0),
        Result("app", 40, 1, 0, 20.0, 1),
        Result("browser", 0, 0, 0, 0.1, 5),
    ]
    *_, app, browser, last = suites.table(results).splitlines()
    assert app.endswith("<- FAILED")
    assert browser.endswith("<- NO TESTS")
    assert last == "Tests run: unit 300, app 41, browser 0; 341 in all: NOT ALL PASSED."
    assert suites.table(results[:1]).endswith("Tests run: unit 300; 300 in all: all passed.")


@pytest.mark.parametrize(("browser", "ci", "code"), [("/bin/chromium", "1", 0), ("", "1", 1), ("", "", 0)])
def test_no_browser_is_an_error_only_in_ci(
    browser: str, ci: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(chromium, "ensure", lambda: (browser, "" if browser else "NO CHROMIUM: none."))
    monkeypatch.setattr(suites, "run", lambda suite, _environment: Result(suite, 1, 0, 0, 1.0, 0))
    assert suites.main() == code
    assert ("NO CHROMIUM" in capsys.readouterr().out) is (not browser)

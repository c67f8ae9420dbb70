"""Studies from the command line, in this process; the work itself is done by hand."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from engine import api
from engine.cli import study_files
from engine.cli.main import main
from engine.cli.study import figure
from engine.errors import RunFailed
from engine.store.workspace import Workspace
from engine.studies import STUDIES, Row
from tests.studies.recorded import put


class Said(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def call(here: Workspace, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    def engine(*words: str) -> Said:
        return Said(main(words), *capsys.readouterr())

    return engine


@pytest.fixture
def worked(here: Workspace, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`worked("finished", "failed")`: while somebody waits, the runs end in these states, in turn."""

    def arrange(*states: str) -> None:
        def wait(_: float) -> None:
            runs = sorted((run for run in api.list_runs() if run.is_live), key=lambda run: run.created)
            for run, state in zip(runs, states, strict=True):
                put(
                    here,
                    run.id,
                    {"mmd.random": [(0, 0.5), (2, 0.125)]},
                    state,
                    error="" if state == "finished" else "It broke.",
                )

        monkeypatch.setattr(time, "sleep", wait)
        monkeypatch.setattr(api, "supervisor_alive", lambda: True)

    return arrange


def test_a_launch_prints_the_id(call: Callable[..., Said]) -> None:
    said = call("study", "mmd", "--set", "outer=2")
    assert said.code == 0 and said.err == ""
    study = api.get_study(said.out.strip())
    assert study.name == "mmd" and study.settings == {"outer": 2}
    assert call("study", "mmd", "--scale", "paper", "--json").json["scale"] == "paper"
    listed = call("studies")
    assert study.id in listed.out and all(name in listed.out for name in STUDIES)
    assert [one["id"] for one in call("studies", "--json").json["launched"]][-1] == study.id


def test_waiting_for_the_rows(call: Callable[..., Said], worked: Callable[..., None]) -> None:
    worked("finished", "finished")
    said = call("study", "mmd", "--wait")
    assert said.code == 0 and "2 runs" in said.err and "running" in said.err
    head, *lines = said.out.splitlines()
    assert head == "mmd.random" and [line.split() for line in lines] == [
        ["IDC", "0.2", "0.125", "n", "=", "1"],
        ["DREAM+", "0.2", "0.125", "n", "=", "1"],
    ]
    value = call("study", "mmd", "--wait", "--json").json
    assert value["state"] == "finished" and len(value["rows"]) == 4
    assert value["rows"][0] == {
        "series": "IDC",
        "x": 0.0,
        "quantity": "mmd.random",
        "value": 0.5,
        "std": None,
        "n": 1,
        "published": False,
    }


def test_a_failed_run_makes_it_1(call: Callable[..., Said], worked: Callable[..., None]) -> None:
    worked("finished", "failed")
    said = call("study", "mmd", "--wait")
    assert said.code == 1 and said.err.endswith("error: DREAM+, seed 0: It broke.\n") and "0.125" in said.out
    worked("finished", "stopped")
    said = call("study", "mmd", "--wait", "--json")
    assert said.code == 1 and "stopped" in said.err and said.json["failed"] == []


def test_what_has_no_rows_is_left_as_files(
    call: Callable[..., Said], worked: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(study_files.MAKERS, "mmd", lambda folder, cells: [folder / f"{cell}.png" for cell in cells])
    worked("finished", "finished")
    said = call("study", "mmd", "--wait")
    folder = Workspace.current().study(api.list_studies()[0].id) / "export"
    assert said.code == 0 and said.out.endswith(f"\n\nfiles\n  {folder / 'IDC.png'}\n  {folder / 'DREAM+.png'}\n")
    assert call("study", "mmd", "--wait", "--json").json["files"][0].endswith("IDC.png")


def test_what_could_not_be_made_is_told_behind_the_rows(
    call: Callable[..., Said], worked: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RunFailed("The class is too small.")

    monkeypatch.setitem(study_files.MAKERS, "mmd", fail)
    worked("finished", "finished")
    said = call("study", "mmd", "--wait")
    assert said.code == 1 and said.err.endswith("error: The class is too small.\n") and "0.125" in said.out


def test_of_a_curve_beside_bars_the_end_is_printed() -> None:
    rows = [Row("Interval 5", x, "accuracy.along", 70 + x, 1.0, 2, False) for x in (0.0, 1.0, 2.0)]
    assert [line.split()[2:4] for line in figure(rows, "line").splitlines()[1:]] == [["2", "72"]]


def test_ctrl_c_leaves_the_runs_going(
    call: Callable[..., Said], worked: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    worked()
    monkeypatch.setattr(time, "sleep", interrupt)
    said = call("study", "mmd", "--wait")
    assert said.code == 130 and "go on" in said.err and api.get_study(said.out.strip()).is_live


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("ablatoin",),
        ("mmd", "--scale", "huge"),
        ("mmd", "--set", "outer"),
        ("mmd", "--set", "nope=1"),
        ("mmd", "--nonsense"),
    ],
)
def test_wrong_requests(call: Callable[..., Said], words: tuple[str, ...]) -> None:
    said = call("study", *words)
    assert said.code == 2 and said.out == "" and said.err.startswith("error: ") and said.err.count("\n") == 1
    assert call("study", *words, "--json").json["error"] == said.err.removeprefix("error: ").strip()
    assert api.list_runs() == [] and api.list_studies() == []


def test_names_are_listed_where_none_is_given(call: Callable[..., Said]) -> None:
    assert all(name in call("study").err for name in STUDIES)
    assert "Did you mean 'ablation'?" in call("study", "ablatoin").err


def test_the_table_keeps_ours_and_the_paper_s_apart() -> None:
    rows = [
        Row("IDC", "none", "accuracy", 90.0, 1.25, 4, False),
        Row("IDC", "none", "iterations", float("nan"), float("nan"), 2, False),
        Row("IDC", "none", "accuracy", 67.5, 0.5, 0, True),
    ]
    blocks = figure(rows, "bars").split("\n\n")
    assert [block.splitlines()[0] for block in blocks] == ["accuracy", "iterations"]
    assert blocks[0].splitlines()[1].split() == ["IDC", "none", "90", "±", "1.2", "n", "=", "4"]
    assert blocks[0].endswith("published") and "never" in blocks[1]
    assert "page" in figure([], "gallery")

"""`run --sweep`: what was typed, what is queued, what is refused."""

from __future__ import annotations

import json

import pytest

from engine import api
from engine.cli.main import main
from engine.runner import services
from engine.store.workspace import Workspace

TINY = ["run", "--set", "ipc=1", "--set", "outer=1", "--set", "inner=2"]


@pytest.fixture(autouse=True)
def _no_supervisor(here: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "ensure_supervisor", lambda _: None)


def test_it_prints_the_ids_of_all_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*TINY, "--sweep", "recipe=idc,dream+", "--sweep", "seed=0-1", "--name", "Night"]) == 0
    ids = capsys.readouterr().out.split()
    assert [(run.config.recipe, run.config.seed) for run in map(api.get_run, ids)] == [
        ("idc", 0), ("idc", 1), ("dream+", 0), ("dream+", 1),
    ]  # fmt: skip
    assert len(api.list_runs()) == 4


def test_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*TINY, "--sweep", "seed=3, 5", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [run["config"]["seed"] for run in found] == [3, 5]
    assert len({tag for run in found for tag in run["tags"]}) == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--sweep", "seed"], "'--sweep seed' is not a setting"),
        (["--sweep", "seed=x", "--sweep", "width=y"], "seed must be a whole number, got 'x'. width must be"),
        (["--sweep", "seed=0-1", "--sweep", "seed=2"], "twice"),
        (["--sweep", "ipc=1,10"], "both as a single value and to --sweep"),
        (["--sweep", "seed=0-999"], "at most 200"),
        (["--sweep", "clusters=8,5000"], "clusters 5000: clusters must be at most 2048"),
    ],
)
def test_what_is_wrong_queues_nothing(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*TINY, *words]) == 2
    assert says in capsys.readouterr().err
    assert api.list_runs() == []


def test_waiting_tells_how_all_of_them_ended(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The runs end without any work: stopped while they wait."""
    launch = api.launch_sweep
    monkeypatch.setattr(api, "launch_sweep", lambda *given: [api.stop(run.id) for run in launch(*given)])
    assert main([*TINY, "--sweep", "seed=0-1", "--wait"]) == 1
    said = capsys.readouterr()
    assert said.err.count("it was stopped") == 2 and said.out.count("stopped") == 2

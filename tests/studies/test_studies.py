"""A study's life: launched whole or not at all, stopped, resumed, deleted; and what its file may hold."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import api
from engine.errors import BadConfig, Damaged, NotFound, RunFailed, WrongState
from engine.runner import checks, services
from engine.store.workspace import Workspace
from engine.studies import STUDIES
from tests.studies.recorded import put, score


def test_another_place_is_the_same_task(here: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "launchable", lambda _, config: config)
    assert api.launch_study("cross-architecture", "paper", {"data_dir": "/data/cifar10.tar.xz"}).as_published
    assert not api.launch_study("cross-architecture", "paper", {"width": 64}).as_published
    assert not api.launch_study("cross-architecture", "digits", {"data_dir": "/data/digits"}).as_published


@pytest.mark.parametrize(("name", "epochs"), [("pruning", 15), ("mmd", 100)])
def test_the_protocol_is_that_of_the_score_that_is_drawn(here: Workspace, name: str, epochs: int) -> None:
    """A pruned set is judged by the networks that are trained on all that was kept."""
    study = api.launch_study(name)
    assert {how["epochs"] for how in api.study_protocols(study.id).values()} == {epochs}


def left_behind(here: Workspace) -> list[object]:
    return [*here.root.glob("runs/*"), *here.root.glob("studies/*"), *api.list_runs(), *api.list_studies()]


def test_a_launch(here: Workspace) -> None:
    study = api.launch_study("interval", settings={"outer": "2", "ipc": 2})
    assert (study.name, study.scale, study.state, study.progress) == ("interval", "digits", "running", 0)
    assert study.settings == {"outer": 2, "ipc": 2} and study.is_live and study.failed == ()
    runs = {run.id: run for run in api.list_runs()}
    assert {member.run_id for member in study.members} == set(runs) and len(runs) == 10
    queued = [runs[member.run_id] for member in study.members]
    assert queued[0].name == "Clustering interval · Interval 1 · seed 0"
    assert [(run.config.interval, run.config.seed) for run in queued[:3]] == [(1, 0), (1, 1), (2, 0)]
    assert all((run.config.outer, run.config.inner, run.config.ipc) == (2, 40, 2) for run in queued)
    assert api.get_study(study.id) == api.list_studies()[0] == study
    assert [run.id for run in sorted(queued, key=lambda run: run.created)] == [
        member.run_id for member in study.members
    ]


def test_the_time_of_a_study_is_that_of_its_runs(here: Workspace) -> None:
    likely, study = api.study_seconds("digits"), api.launch_study("interval")
    each = [api.estimate(run.config).seconds or 0.0 for run in api.list_runs()]
    assert set(likely) == set(STUDIES) and likely[study.name] == pytest.approx(sum(each)) and min(each) > 0


def test_newest_first(here: Workspace) -> None:
    names = ["mmd", "along", "distribution"]
    for name in names:
        api.launch_study(name)
    assert [study.name for study in api.list_studies()] == names[::-1]


@pytest.mark.parametrize(
    ("name", "scale", "settings", "fields"),
    [
        ("ablatoin", "digits", {}, {"study"}),
        ("ablation", "big", {}, {"scale"}),
        ("ablation", "digits", {"nope": 1, "width": 0}, {"nope", "width"}),
        ("ablation", "digits", {"device": "cuda:7"}, {"device"}),
        ("ablation", "digits", {"recipe": "dream", "seed": 3}, {"recipe", "seed"}),
        ("interval", "digits", {"interval": 3}, {"interval"}),
        ("cross-architecture", "digits", {"network": "resnet18"}, {"network"}),
        ("cost", "paper", {"dataset": "mnist"}, {"dataset"}),
        ("pruning", "digits", {"prune": "el2n", "keep": 0.5, "outer": 1}, {"prune", "keep", "outer"}),
        ("center-boundary", "digits", {"ipc": 40}, {"ipc"}),
        ("mmd", "digits", {"dataset": "folder", "data_dir": "/not/there"}, {"data_dir"}),
    ],
)
def test_a_wrong_launch_leaves_nothing(
    here: Workspace, name: str, scale: str, settings: dict[str, object], fields: set[str]
) -> None:
    with pytest.raises(BadConfig) as caught:
        api.launch_study(name, scale, settings)
    assert set(caught.value.problems) == fields and left_behind(here) == []


def test_nothing_is_left_when_no_supervisor_can_be_started(here: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Workspace) -> None:
        raise RunFailed("It could not be started.")

    monkeypatch.setattr(services, "ensure_supervisor", fail)
    with pytest.raises(RunFailed):
        api.launch_study("mmd")
    assert left_behind(here) == []


def test_stop_resume_delete(here: Workspace) -> None:
    study = api.launch_study("along")
    done, *rest = (member.run_id for member in study.members)
    with pytest.raises(WrongState, match="stop it first"):
        api.delete_study(study.id)
    with pytest.raises(WrongState, match="running"):
        api.resume_study(study.id)
    put(here, done, {}, "finished")
    assert api.get_study(study.id).progress == pytest.approx(1 / 3)
    assert api.stop_study(study.id).state == "stopped"
    assert [api.get_run(run_id).state for run_id in (done, *rest)] == ["finished", "stopped", "stopped"]
    with pytest.raises(WrongState, match="stopped"):
        api.stop_study(study.id)
    assert api.resume_study(study.id).state == "running"
    assert [api.get_run(run_id).state for run_id in (done, *rest)] == ["finished", "queued", "queued"]
    for run_id in rest:
        put(here, run_id, {}, "finished")
    ended = api.get_study(study.id)
    assert (ended.state, ended.progress, ended.is_live) == ("finished", 1.0, False)
    api.delete_study(study.id)
    assert api.list_runs() == [] == api.list_studies() and not here.study(study.id).exists()
    assert api.restore(done).state == "finished"
    for function in (api.get_study, api.stop_study, api.resume_study, api.delete_study, api.study_rows):
        for study_id in (study.id, "../../etc"):
            with pytest.raises(NotFound, match="study"):
                function(study_id)


def test_runs_that_fail_are_reported_and_the_rest_is_drawn(here: Workspace) -> None:
    study = api.launch_study("mmd")
    first, second = (member.run_id for member in study.members)
    put(here, first, {"mmd.random": [(0, 0.7)]}, "failed", error="The disk is full.", error_kind="NoSpace")
    put(here, second, {"mmd.random": [(0, 0.5), (10, 0.25)]})
    seen = api.get_study(study.id)
    assert seen.state == "failed" and seen.failed == (("IDC", 0, "The disk is full."),)
    assert [(row.series, row.x, row.value) for row in api.study_rows(study.id)] == [
        ("DREAM+", 0.0, 0.5),
        ("DREAM+", 1.0, 0.25),
    ]
    api.delete(second)
    assert [failure.error for failure in api.get_study(study.id).failed] == [
        "The disk is full.",
        "Its run was deleted.",
    ]
    assert api.study_rows(study.id) == [] and api.get_study(study.id).resumable
    assert api.resume_study(study.id).state == "running"


def test_scores_on_the_way_are_no_scores_of_the_study(here: Workspace) -> None:
    """IDC's first seed ends at 95; the second was stopped at its evaluation after 10 of 50 inner loops."""
    study = api.launch_study("sampling")
    first, second, third, *_ = (member.run_id for member in study.members)
    for run_id, state, value in ((first, "finished", 95.0), (second, "stopped", 70.0), (third, "failed", 60.0)):
        put(here, run_id, {}, state, results={"distilled": [score(value, value).to_dict()]})
    ours = [row for row in api.study_rows(study.id) if not row.published]
    assert [(row.value, row.n) for row in ours] == [(95.0, 2)]


def test_a_deleted_run_is_missing_and_cannot_be_waited_for(here: Workspace) -> None:
    study = api.launch_study("mmd")
    first, second = (member.run_id for member in study.members)
    put(here, first, {}, "finished")
    put(here, second, {}, "failed", error="It broke.")
    assert (api.get_study(study.id).state, api.get_study(study.id).resumable) == ("failed", True)
    api.delete(second)
    one = api.get_study(study.id)
    assert (one.state, one.resumable, one.progress) == ("finished", False, 1.0)
    assert one.failed == (("DREAM+", 0, "Its run was deleted."),)
    with pytest.raises(WrongState, match="resumed"):
        api.resume_study(study.id)
    api.delete(first)
    gone = api.get_study(study.id)
    assert (gone.state, gone.resumable, len(gone.failed)) == ("failed", False, 2)


@pytest.mark.parametrize("name", STUDIES)
def test_the_settings_of_a_method_cannot_be_given(here: Workspace, name: str) -> None:
    """A cell called IDC that matches features would be another method."""
    given = {
        "objective": "feature",
        "init": "noise",
        "sampler": "center",
        "host": "dm",
        "batch_real": 7,
        "pretrain_epochs": 3,
    }
    with pytest.raises(BadConfig) as caught:
        api.launch_study(name, "digits", given)
    assert set(caught.value.problems) == set(given) and left_behind(here) == []


@pytest.mark.parametrize(
    ("name", "scale", "given"),
    [
        ("continual", "digits", {"outer": 3, "inner": 4}),
        ("ablation", "paper", {"evaluate_every": 0, "outer": 60}),
        ("cost", "digits", {"dataset": "mnist", "width": 16}),
        ("cross-architecture", "digits", {"eval_networks": "convnet,resnet10", "data_dir": "."}),
        ("interval", "paper", {"ipc": 1, "factor": 1, "clusters": 64}),
    ],
)
def test_what_all_cells_share_can_be_given(
    here: Workspace, monkeypatch: pytest.MonkeyPatch, name: str, scale: str, given: dict[str, object]
) -> None:
    """And each run that does not set it itself has it."""
    monkeypatch.setattr(checks, "launchable", lambda _, config: config)
    study = api.launch_study(name, scale, given)
    own = {cell.label: cell.settings for cell in STUDIES[name].cells(scale)}
    for member in study.members:
        config = api.get_run(member.run_id).config
        for key, value in study.settings.items():
            assert config.to_dict()[key] == own[member.cell].get(key, value)


def test_rows_come_from_what_runs_recorded(here: Workspace) -> None:
    """Two of an ablation's twelve cells: IDC ends at 90, RM crosses that half way between its first two points."""
    study = api.launch_study("ablation")
    runs = {member.cell: member.run_id for member in study.members}
    curves = {"IDC": [(0, 60.0), (50, 90.0)], "IDC + RM": [(0, 80.0), (20, 100.0), (50, 95.0)]}
    for cell, points in curves.items():
        results = {"distilled": [score(points[-1][1] - 1, points[-1][1] + 1).to_dict()]}
        put(
            here, runs[cell], {"accuracy": points, "accuracy.std": [(step, 1.0) for step, _ in points]}, results=results
        )
    rows = api.study_rows(study.id)
    ours = {(row.x, row.quantity): row.value for row in rows if not row.published}
    assert ours == {
        ("none", "accuracy"): 90,
        ("RM", "accuracy"): 95,
        ("none", "iterations"): 5,
        ("RM", "iterations"): 1,
    }
    assert [row for row in rows if row.published] == STUDIES["ablation"].published()


def test_long_curves_are_thinned(here: Workspace) -> None:
    """120,000 inner loops in groups of 500, the start by itself: the last of each group, so that neighbours scatter as they did."""
    study = api.launch_study("stability", "paper")
    run = api.get_run(study.members[0].run_id)
    steps = np.arange(0, run.total + 1, 50)
    put(here, run.id, {"loss.gradient": [(float(step), float(step) ** 0.5) for step in steps]}, "stopped")
    rows = [row for row in api.study_rows(study.id) if row.quantity == "loss.gradient"]
    kept = np.array([0, *steps[1:].reshape(-1, 10)[:, -1]])
    assert [row.x for row in rows] == pytest.approx(kept / 100)
    assert [row.value for row in rows] == pytest.approx(np.sqrt(kept))


def test_the_cost_comes_from_laps(here: Workspace) -> None:
    """10 inner loops at 2 and 20 at 4 per second: 10 s in all, of which each lap's share. The first outer iteration, with all that
    came before, does not count."""
    study = api.launch_study("cost", settings={"device": "cpu"})
    speeds, clustering = [(10, 0.01), (20, 2.0), (40, 4.0)], [(10, 0.0), (20, 10.0), (40, 40.0)]
    shares = {f"share.{part}": [(step, 15.0) for step, _ in speeds] for part in ("match", "network", "warmup", "rest")}
    put(here, study.members[0].run_id, {"speed": speeds, "share.cluster": clustering} | shares)
    ours = {row.series: row.value for row in api.study_rows(study.id) if not row.published}
    rest = dict.fromkeys(("Matching", "Network training", "Warming up networks", "Measuring, keeping"), 0.15 * 10 / 30)
    assert ours == pytest.approx({"Clustering": (0.1 * 5 + 0.4 * 5) / 30} | rest)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "unheard-of"}, {"name": 3}, {"members": []}, {"members": {}}, {"members": [{"cell": "IDC", "seed": "0", "run_id": "0" * 8}]},
        {"members": [{"cell": "IDC", "seed": 0, "run_id": "../../x"}]}, {"settings": []}, {"created": "now"}, {"created": math.inf},
        {"id": "00000000"}, {"scale": None},
    ],
    ids=str,
)  # fmt: skip
def test_a_damaged_file_is_a_sentence(here: Workspace, change: dict[str, Any]) -> None:
    good, bad = api.launch_study("mmd"), api.launch_study("mmd")
    path = here.study(bad.id) / "study.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    _is_damaged(bad.id, path)
    assert [study.id for study in api.list_studies()] == [good.id]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "7", "[" * 100_000, '{"id": 1}'], ids=lambda text: text[:4])
def test_a_file_that_is_no_study(here: Workspace, text: str) -> None:
    path = here.study("abcdef01") / "study.json"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    _is_damaged("abcdef01", path)


def _is_damaged(study_id: str, path: Path) -> None:
    for function in (api.get_study, api.study_rows, api.stop_study, api.delete_study):
        with pytest.raises(Damaged, match="delete its folder") as caught:
            function(study_id)
        assert str(path) in str(caught.value) and caught.value.__cause__ is None


def test_the_table_is_ready_for_json(here: Workspace) -> None:
    table = json.loads(json.dumps(api.studies()))
    assert [row["name"] for row in table] == list(STUDIES)
    assert all(set(row["axes"]) == set(row["quantities"]) for row in table)
    ablation = table[0]
    assert ablation["scales"]["digits"]["runs"] == 12 and ablation["scales"]["paper"]["runs"] == 60
    assert ablation["axes"]["iterations"]["unit"] == "outer iterations"

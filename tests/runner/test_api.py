"""The one door: what it refuses before anything is kept, and what it hands out."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import tarfile
import tracemalloc
import zipfile
from collections import namedtuple
from pathlib import Path

import pytest

from engine import api
from engine.config import build
from engine.data.catalog import DATASETS
from engine.errors import BadConfig, BadRequest, NotFound, RunFailed, WrongState
from engine.runner import kinds, services
from engine.store import artifacts, runs
from engine.store.database import write
from engine.store.tables import MetricRow as StoredMetric
from engine.store.tables import RunRow
from engine.store.workspace import Workspace
from tests.runner.fake import Pipeline, live, queue


@pytest.fixture(autouse=True)
def started(here: Workspace, monkeypatch: pytest.MonkeyPatch) -> list[Workspace]:
    """Counts the calls for a supervisor instead of starting one."""
    calls: list[Workspace] = []
    monkeypatch.setattr(services, "ensure_supervisor", calls.append)
    return calls


def left_behind(here: Workspace) -> list[str]:
    return [*(str(path) for path in here.root.glob("runs/*")), *(run.id for run in api.list_runs())]


def test_a_launch(here: Workspace, started: list[Workspace]) -> None:
    run = api.launch({"seed": "3"}, preset="digits-demo", name="  my\n run ")
    assert (run.state, run.name, run.preset, run.config.seed) == ("queued", "my run", "digits-demo", 3)
    assert run.total == run.config.total_steps and run.is_live and run.progress == 0
    assert started == [here]
    assert [one.id for one in api.list_runs()] == [run.id]
    assert api.launch({}).name == "DREAM+ on Digits, ipc 10"
    assert api.list_runs()[1].id == run.id


@pytest.mark.parametrize(
    ("settings", "fields"),
    [
        ({"dataset": "digitz"}, {"dataset"}),
        ({"nope": 1, "ipc": 0, "device": "cuda"}, {"nope", "ipc"}),
        ({"device": "cuda"}, {"device"}),
        ({"device": "cuda:3"}, {"device"}),
        ({"dataset": "folder"}, {"data_dir"}),
        ({"dataset": "folder", "data_dir": "/not/there", "device": "cuda:9"}, {"data_dir", "device"}),
    ],
)
def test_a_wrong_launch_leaves_nothing(
    here: Workspace, started: list[Workspace], settings: dict[str, object], fields: set[str]
) -> None:
    with pytest.raises(BadConfig) as caught:
        api.launch(settings)
    assert set(caught.value.problems) == fields
    assert left_behind(here) == [] and started == []


def test_data_paths(here: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looked at before anything is queued; what is inside is the run's business."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "full" / "train").mkdir(parents=True)
    (tmp_path / "letter.zip").write_bytes(b"dear grandmother")
    with zipfile.ZipFile(tmp_path / "good.zip", "w") as archive:
        archive.writestr("a", "b")
    with tarfile.open(tmp_path / "good.tar.xz", "w:xz") as archive_tar:
        archive_tar.addfile(tarfile.TarInfo("a"), io.BytesIO())
    with tarfile.open(tmp_path / "good.tar.bz2", "w:bz2") as archive_tar:
        archive_tar.addfile(tarfile.TarInfo("a"), io.BytesIO())
    (tmp_path / "half.tar.xz").write_bytes((tmp_path / "good.tar.xz").read_bytes()[:20])
    os.mkfifo(tmp_path / "pipe")
    for name in ("empty", "letter.zip", "half.tar.xz", "pipe", "nothing"):
        with pytest.raises(BadConfig) as caught:
            api.launch({"dataset": "folder", "data_dir": str(tmp_path / name)})
        assert list(caught.value.problems) == ["data_dir"] and "archive" in str(caught.value)
    assert left_behind(here) == []
    monkeypatch.chdir(tmp_path)
    for name in ("full", "good.zip", "good.tar.xz", "good.tar.bz2"):
        run = api.launch({"dataset": "folder", "data_dir": name})
        assert run.config.data_dir == str(tmp_path / name)  # a worker has another current folder


def test_an_archive_that_claims_to_be_huge_costs_no_memory(here: Workspace, tmp_path: Path) -> None:
    """Its first header announces 300 MB of names and, packed, has them."""
    header = tarfile.TarInfo("names")
    header.type, header.size = tarfile.XHDTYPE, 300 * 10**6
    path = tmp_path / "bomb.tar.gz"
    with gzip.open(path, "wb", compresslevel=1) as packed:
        packed.write(header.tobuf())
        for _ in range(300):
            packed.write(bytes(10**6))
    tracemalloc.start()
    try:
        api.launch({"dataset": "folder", "data_dir": str(path)})
        assert tracemalloc.get_traced_memory()[1] < 20 * 10**6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("given", ["~nobody-of-that-name/images", "~nobody-of-that-name"])
def test_a_home_that_is_not_there_is_a_path_that_is_not_there(here: Workspace, given: str) -> None:
    with pytest.raises(BadConfig, match="does not exist"):
        api.launch({"dataset": "folder", "data_dir": given})


def test_a_disk_that_is_nearly_full(here: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9, 3 * 10**6))
    with pytest.raises(BadRequest, match="Only 3 MB are free"):
        api.launch({})
    assert left_behind(here) == []


def test_a_workspace_that_cannot_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DISTILLERY_HOME", str(tmp_path / "file"))
    for ask in (lambda: api.launch({}), api.list_runs):
        with pytest.raises(BadRequest, match="DISTILLERY_HOME"):
            ask()


def test_nothing_is_left_when_the_database_refuses(here: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(runs, "insert", refuse)
    with pytest.raises(RuntimeError):
        api.launch({})
    assert left_behind(here) == []


def test_nothing_is_left_when_no_supervisor_can_be_started(here: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Workspace) -> None:
        raise RunFailed("It could not be started.")

    monkeypatch.setattr(services, "ensure_supervisor", fail)
    with pytest.raises(RunFailed):
        api.launch({})
    assert left_behind(here) == []


def test_names(here: Workspace) -> None:
    run_id = queue(here)
    assert api.rename(run_id, " tea\tand   cake ").name == "tea and cake"
    for name in ("", " \n ", "x" * 121):
        with pytest.raises(BadRequest):
            api.rename(run_id, name)
    with pytest.raises(NotFound):
        api.rename("00000000", "x")


def test_stop_delete_restore_resume(here: Workspace, started: list[Workspace]) -> None:
    run_id = queue(here)
    with pytest.raises(WrongState, match="stop it first"):
        api.delete(run_id)
    assert api.stop(run_id).state == "stopped"
    api.delete(run_id)
    assert api.list_runs() == []
    with pytest.raises(NotFound, match="restore"):
        api.get_run(run_id)
    assert api.restore(run_id).state == "stopped"
    assert api.resume(run_id).state == "queued" and started
    assert api.pause(run_id).state == "paused"
    for read in (api.snapshots, api.class_names, api.log):
        with pytest.raises(NotFound):
            read("ffffffff")
    for function in (api.get_run, api.stop, api.pause, api.resume, api.delete, api.restore):
        with pytest.raises(NotFound):
            function("ffffffff")


def test_results_as_json(here: Workspace) -> None:
    run_id = queue(here)
    before = api.get_run(run_id).to_dict()
    assert before["accuracy"] is before["initial"] is before["random"] is before["full"] is None
    live(here, run_id, Pipeline())
    value = api.get_run(run_id).to_dict()
    assert {"id", "state", "config", "seconds", "accuracy", "initial", "random", "full"} <= set(value)
    assert value["initial"]["mean"] == 30.5 and value["initial"]["std"] == 0.5 and value["initial"]["n"] == 2
    assert value["config"] == api.get_run(run_id).config.to_dict()


def test_an_estimate_learns_from_earlier_runs(here: Workspace) -> None:
    config = build({}, "digits-demo")
    fresh = api.estimate(config)
    run_id = queue(here)
    with write(here) as session:
        session.get_one(RunRow, run_id).slot = "cpu"
        session.add_all(
            StoredMetric(run_id=run_id, step=step, name="speed", value=value, seconds=0.0)
            for step, value in ((1, 4.0), (2, 0.1), (3, 5.0))
        )
    (row, speed), *others = runs.speeds(here, 5)
    assert (row.id, others) == (run_id, []) and speed == 4.0
    assert fresh.seconds and api.estimate(config).basis != fresh.basis


def test_tables(here: Workspace) -> None:
    assert {row["name"] for row in api.datasets()} == set(DATASETS)
    assert all(row["title"] and row["summary"] for row in (*api.datasets(), *api.recipes(), *api.presets()))
    assert api.presets()[0]["settings"]


def test_task_parameters(here: Workspace) -> None:
    run_id = queue(here)
    config = api.get_run(run_id).config
    asked = api.request("sampling", run_id, {"label": 3, "method": "umap"})
    assert asked.params == {
        "label": 3,
        "clusters": config.clusters,
        "per_cluster": 1,
        "left": "representative",
        "right": "random",
        "method": "umap",
        "dims": 2,
        "seed": config.seed,
    }
    assert api.request("sampling", run_id, {"method": "umap", "label": 3}) == asked == api.task(asked.id)
    wrong = {
        "label": -1,
        "clusters": 1.5,
        "per_cluster": True,
        "left": "best",
        "method": "lda",
        "dims": 4,
        "colour": "red",
    }
    with pytest.raises(BadConfig) as caught:
        api.request("sampling", run_id, wrong)
    assert set(caught.value.problems) == set(wrong)
    for other in ("", "../../../etc", "0123abcd/..", 7):
        with pytest.raises(BadConfig, match="other must be the id of a run"):
            api.request("distribution", run_id, {"other": other})
    with pytest.raises(BadConfig, match="Choose one of: sampling"):
        api.request("simmering", run_id, {})


def test_an_answer_about_two_runs_holds_until_either_goes_on(here: Workspace) -> None:
    shown, other = queue(here), queue(here)
    for run_id in (shown, other):
        live(here, run_id, Pipeline())
    first = api.request("distribution", shown, {"other": other})
    assert api.request("distribution", shown, {"other": other}).id == first.id
    folder = here.run(other)
    artifacts.write_snapshot(folder, 99, artifacts.read_snapshot(folder, 0), 3)
    assert api.request("distribution", shown, {"other": other}).id != first.id


def test_work_on_images_waits_for_them(here: Workspace) -> None:
    run_id = queue(here)
    other = queue(here)
    needing = {"distribution", "nearest", "path", "evaluate", "ranking", "export"}
    for kind in needing:
        with pytest.raises(WrongState, match="no images yet"):
            api.request(kind, run_id, {"other": other} if kind == "distribution" else {})
    live(here, run_id, Pipeline())
    before = api.request("evaluate", run_id, {"networks": ["convnet", "resnet10"], "epochs": 3})
    assert before.params["networks"] == ["convnet", "resnet10"] and before.params["repeats"] == 3
    assert set(kinds.KINDS) == needing | {"sampling", "story", "dataset"}
    with pytest.raises(BadConfig, match="networks"):
        api.request("evaluate", run_id, {"networks": ["vgg"]})
    with pytest.raises(BadConfig, match="empty"):
        api.request("evaluate", run_id, {"networks": []})

"""Datasets by the front door: looks inside as tasks of the lab, own ones, what may go while something reads it."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from engine import access, api
from engine.config import build
from engine.data import installed, torchsets
from engine.data.catalog import DATASETS
from engine.errors import BadConfig, BadData, BadRequest, NotFound, ReadOnly, WrongState
from engine.runner import lab, services
from engine.store import runs, tasks
from engine.store.workspace import Workspace
from tests.data.samples import as_folder, as_zip, pictures
from tests.runner.fake import queue
from tests.servers import Silent, serving

FILES = pictures(np.random.default_rng(7), {"cats": 24, "dogs": 30})


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody works by himself; the lab hears every report."""
    monkeypatch.setattr(services, "ensure_supervisor", lambda _: None)
    monkeypatch.setattr(lab, "REPORT_SECONDS", 0.0)


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return as_folder(tmp_path / "mine", FILES)


def work(here: Workspace) -> None:
    """The lab does what waits longest."""
    task = tasks.claim(here)
    assert task is not None
    lab.perform(here, task)


def test_from_adding_to_numbers(here: Workspace, mine: Path) -> None:
    added = api.add_dataset("Pets", mine)
    assert (added.classes, added.counts, added.side) == ((), (), 0)
    asked = api.inspect_dataset("folder", added.path)
    assert (asked.kind, asked.run_id, asked.state) == ("dataset", "", "queued")
    assert api.inspect_dataset("folder", added.path) == asked
    work(here)
    (known,) = api.own_datasets()
    assert (known.classes, known.counts, known.test) == (("cats", "dogs"), (19, 24), 11)
    assert (known.side, known.channels) == (32, 3) and len(known.warnings) == 1 and "'cats' has 19" in known.warnings[0]
    done = api.inspection("folder", added.path)
    assert done is not None and done.id == asked.id and (done.folder / "samples.png").exists()
    assert api.inspect_dataset("folder", added.path).state == "finished", "nothing has changed"


def test_an_estimate_knows_what_a_look_inside_has_found(here: Workspace, mine: Path) -> None:
    """As for a dataset of the catalogue with as many classes and images: two classes cost less than the ten that are guessed."""
    config = build({"dataset": "folder", "data_dir": str(mine), "ipc": 1, "outer": 2, "inner": 3})
    guessed = api.estimate(config)
    api.inspect_dataset("folder", str(mine))
    work(here)
    known = api.estimate(config)
    spec = replace(DATASETS["folder"], classes=2, train=43)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(DATASETS, "folder", spec)
        assert known == api.estimate(config)
    assert known.seconds and guessed.seconds and known.seconds < guessed.seconds / 3


def test_changed_files_are_noticed(here: Workspace, mine: Path) -> None:
    api.add_dataset("Pets", mine)
    api.inspect_dataset("folder", str(mine))
    work(here)
    as_folder(mine, pictures(np.random.default_rng(8), {"birds": 25}))
    (changed,) = api.own_datasets()
    assert changed.changed and "have changed" in changed.warnings[0]
    assert api.inspect_dataset("folder", str(mine)).state == "queued"
    work(here)
    (known,) = api.own_datasets()
    assert len(known.classes) == 3 and not any("have changed" in warning for warning in known.warnings)
    assert not known.changed


def test_an_upload_is_read_like_a_folder(here: Workspace, tmp_path: Path) -> None:
    content = as_zip(tmp_path / "a.zip", FILES).read_bytes()
    added = api.add_dataset("Pets", io.BytesIO(content), "pets.zip")
    assert added.uploaded and Path(added.path).is_relative_to(here.datasets)
    api.inspect_dataset("folder", added.path)
    work(here)
    assert api.own_datasets()[0].counts == (19, 24)
    api.remove_dataset("Pets")
    assert api.own_datasets() == [] and not Path(added.path).exists() and api.inspections() == []


def test_nothing_goes_while_it_is_read(here: Workspace, mine: Path) -> None:
    api.add_dataset("Pets", mine)
    run_id = queue(here, dataset="folder", data_dir=str(mine / ".." / "mine"))
    with pytest.raises(WrongState, match=run_id):
        api.remove_dataset("Pets")
    runs.wish(here, run_id, "stop")
    asked = api.inspect_dataset("folder", str(mine))
    with pytest.raises(WrongState, match="being read"):
        api.remove_dataset("Pets")
    api.stop_task(asked.id)
    api.remove_dataset("Pets")
    assert (mine / "cats" / "0.png").exists()
    with pytest.raises(NotFound):
        api.remove_dataset("Pets")


def test_a_wish_ends_a_look_at_the_next_report(here: Workspace, mine: Path) -> None:
    asked = api.inspect_dataset("folder", str(mine))
    taken = tasks.claim(here)
    assert taken is not None
    api.stop_task(asked.id)
    lab.perform(here, taken)
    assert (api.task(asked.id).state, api.task(asked.id).result) == ("stopped", {})
    assert not (asked.folder / "samples.png").exists()
    assert api.inspect_dataset("folder", str(mine)).state == "queued"


def test_a_look_at_damaged_files_fails_with_a_sentence(here: Workspace, mine: Path) -> None:
    (mine / "cats" / "0.png").write_bytes(b"\x80\x04 no image")
    asked = api.inspect_dataset("folder", str(mine))
    work(here)
    now = api.task(asked.id)
    assert now.state == "failed" and "cats/0.png" in now.error and now.error_kind == "BadData"


def test_downloads_are_forgotten_and_asked_for_anew(here: Workspace) -> None:
    for file in installed.FILES["mnist"]:
        (here.data / "mnist" / file).parent.mkdir(parents=True, exist_ok=True)
        (here.data / "mnist" / file).write_bytes(bytes(1000))
    first = api.inspect_dataset("mnist")
    with pytest.raises(WrongState, match="being read"):
        api.forget_downloaded("mnist")
    tasks.claim(here)
    first.folder.mkdir(parents=True)
    tasks.finish(here, first.id, {})
    assert api.inspect_dataset("mnist").id == first.id
    run_id = queue(here, dataset="mnist")
    with pytest.raises(WrongState, match=run_id):
        api.forget_downloaded("mnist")
    runs.wish(here, run_id, "stop")
    assert api.forget_downloaded("mnist") == 4000
    assert api.inspections() == [] and not (here.data / "mnist").exists()
    assert api.inspect_dataset("mnist").state == "queued", "an earlier look must not stand for a download"


def test_files_that_were_deleted_by_hand_are_fetched_again(here: Workspace) -> None:
    first = api.inspect_dataset("svhn")
    tasks.claim(here)
    first.folder.mkdir(parents=True)
    tasks.finish(here, first.id, {})
    assert api.inspect_dataset("svhn").id != first.id


@pytest.mark.parametrize("name", ["digits", "tinyimagenet", "folder"])
def test_what_is_never_downloaded_is_not_forgotten(name: str, here: Workspace) -> None:
    with pytest.raises(BadRequest, match="never downloaded"):
        api.forget_downloaded(name)


def test_hostile_requests(here: Workspace, tmp_path: Path) -> None:
    for name in ("../x", "", "no such"):
        with pytest.raises(BadConfig, match="Unknown dataset"):
            api.inspect_dataset(name)
        with pytest.raises(BadConfig):
            api.forget_downloaded(name)
    for path in (str(tmp_path / "none"), "a\0b", "x" * 3000, "a\nb"):
        with pytest.raises(BadData):
            api.inspect_dataset("folder", path)
    for name in ("folder", "tinyimagenet"):
        with pytest.raises(BadData, match="data_dir"):
            api.inspect_dataset(name)
    with pytest.raises(BadRequest, match="no work about a run"):
        api.request("dataset", queue(here), {})
    assert api.inspections() == []


def test_read_only_shows_what_was_found_before(here: Workspace, mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = api.inspect_dataset("folder", str(mine))
    work(here)
    monkeypatch.setenv(access.VARIABLE, "1")
    assert api.inspect_dataset("folder", str(mine)).id == asked.id
    with pytest.raises(ReadOnly):
        api.inspect_dataset("digits")


class _Slow(Silent):
    """Promises much, gives a little, and then nothing until the test is over."""

    def do_GET(self) -> None:  # noqa: N802  # what http.server calls
        self.send_response(200)
        self.send_header("Content-Length", "100000000")
        self.end_headers()
        with suppress(ConnectionError):
            self.wfile.write(bytes(100_000))
            self.wfile.flush()
        self.over.wait(30)


@pytest.fixture
def slow() -> Iterator[str]:
    with serving(_Slow) as url:
        yield f"{url}/"


def test_a_download_is_stopped_and_leaves_nothing_half(
    here: Workspace, slow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the real reader of SVHN, from an address on this machine."""
    published = SimpleNamespace(split_list={part: (slow, f"{part}_32x32.mat", "0") for part in ("train", "test")})
    monkeypatch.setattr(torchsets, "_torchvision", lambda *_: published)
    asked = api.inspect_dataset("svhn")
    taken = tasks.claim(here)
    assert taken is not None
    working = threading.Thread(target=lab.perform, args=(here, taken))
    working.start()
    until(lambda: api.task(asked.id).total == 100)  # MB, once the server has told
    assert any((here.data / "svhn").glob("*.part"))
    with pytest.raises(WrongState, match="being read"):
        api.forget_downloaded("svhn")
    api.stop_task(asked.id)
    working.join(30)
    assert api.task(asked.id).state == "stopped" and not list((here.data / "svhn").glob("*.part"))
    assert {one.name: one.where for one in api.installed()}["svhn"] == "absent"


def until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)

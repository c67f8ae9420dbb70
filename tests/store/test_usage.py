"""What a workspace takes on disk, counted twice, and what goes when room is made."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sqlalchemy import update

from engine.errors import BadRequest, WrongState
from engine.store import cleanup, runs, tasks, usage
from engine.store.database import write
from engine.store.tables import RunRow, TaskRow
from engine.store.workspace import Workspace
from tests.runner.fake import queue


def a_run(here: Workspace, state: str = "finished", deleted: float | None = None) -> str:
    run_id = queue(here)
    folder = here.run(run_id)
    for part, size in (
        (folder.snapshots, 1000),
        (folder.checkpoints, 2000),
        (folder.export, 300),
        (folder.root / "extra", 40),
    ):
        (part / "deeper").mkdir(parents=True)
        (part / "deeper" / "file").write_bytes(bytes(size))
    with write(here) as session:
        session.execute(update(RunRow).where(RunRow.id == run_id).values(state=state, deleted=deleted))
    return run_id


def a_task(here: Workspace, run_id: str, kind: str, size: int, days: float = 0.0, state: str = "finished") -> str:
    asked = tasks.request(here, kind, run_id, {"days": days}, "")
    asked.folder.mkdir(parents=True, exist_ok=True)
    (asked.folder / "file").write_bytes(bytes(size))
    ended = time.time() - days * 86400
    with write(here) as session:
        session.execute(update(TaskRow).where(TaskRow.id == asked.id).values(state=state, finished=ended))
    return asked.id


def real(root: Path) -> int:
    return sum(path.lstat().st_size for path in root.rglob("*") if not path.is_dir())


def test_every_byte_is_counted_once(here: Workspace) -> None:
    run_id = a_run(here)
    a_task(here, run_id, "sampling", 5000)
    a_task(here, "", "dataset", 700)
    for folder, size in ((here.cache, 11), (here.data, 22), (here.datasets, 33), (here.studies, 44)):
        folder.mkdir()
        (folder / "file").write_bytes(bytes(size))
    found = usage.usage(here, 10)
    (mine,) = found.runs
    assert (mine.run_id, mine.state, mine.images, mine.checkpoints, mine.exports, mine.tasks) == (
        run_id,
        "finished",
        1000,
        2000,
        300,
        5000,
    )
    assert mine.records == 40 + here.run(run_id).config.stat().st_size
    assert list(found.shared.values())[1:] == [11, 22, 33, 700, 44]
    assert found.complete and found.total == real(here.root) and found.free > 0


def test_what_comes_and_goes_is_seen(here: Workspace) -> None:
    run_id = a_run(here)
    before = usage.usage(here, 10).runs[0]
    (here.run(run_id).snapshots / "new").write_bytes(bytes(10**6))
    after = usage.usage(here, 10).runs[0]
    assert after.images - before.images == 10**6
    grown = here.run(run_id).snapshots / "new"
    grown.write_bytes(bytes(2 * 10**6))  # in place: no folder has changed
    usage.forget(here)
    assert usage.usage(here, 10).runs[0].images - before.images == 2 * 10**6


def test_links_lead_nowhere(here: Workspace, tmp_path: Path) -> None:
    run_id = a_run(here)
    before = usage.usage(here, 10).total
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "large").write_bytes(bytes(10**6))
    (here.run(run_id).snapshots / "link").symlink_to(tmp_path / "outside")
    (here.run(run_id).snapshots / "loop").symlink_to(here.root)
    assert usage.usage(here, 10).total - before < 10_000


def test_a_first_look_at_many_runs_goes_on_where_it_ended(here: Workspace) -> None:
    ids = {a_run(here) for _ in range(3)}
    first = usage.usage(here, -1)
    assert not first.complete and (len(first.runs), first.of) == (1, 3)
    whole = usage.usage(here, 10)
    assert whole.complete and {run.run_id for run in whole.runs} == ids


def test_what_would_go_is_what_goes(here: Workspace) -> None:
    finished, stopped, gone = a_run(here), a_run(here, "stopped"), a_run(here, "failed", deleted=time.time())
    old, fresh = a_task(here, finished, "sampling", 500, days=8), a_task(here, finished, "sampling", 600, days=6)
    scores, waiting = (
        a_task(here, finished, "evaluate", 700, days=30),
        a_task(here, stopped, "sampling", 800, days=9, state="queued"),
    )
    a_task(here, gone, "sampling", 900)
    here.cache.mkdir()
    (here.cache / "file").write_bytes(bytes(1234))
    promised = {one.name: one.bytes for one in cleanup.cleanups(here)}
    gone_bytes = 3340 + here.run(gone).config.stat().st_size + 900
    assert promised == {"checkpoints": 2000, "results": 500, "caches": 1234, "deleted": gone_bytes}
    with pytest.raises(WrongState, match="in use"):
        cleanup.clean(here, "caches")
    tasks.stop(here, waiting)
    for name in promised:
        before = real(here.root)
        assert cleanup.clean(here, name) == promised[name]
        assert abs(before - real(here.root) - promised[name]) < 200_000, "but for the database's own"
    assert all(one.bytes == 0 for one in cleanup.cleanups(here))
    assert not here.run(finished).checkpoints.exists() and here.run(finished).snapshots.exists()
    assert here.run(stopped).checkpoints.exists(), "it goes on from them"
    assert {task.id for task in tasks.of_run(here, finished)} == {fresh, scores} and old
    assert {row.run.id for row in runs.rows(here)} == {finished, stopped} and not here.run(gone).root.exists()


@pytest.mark.parametrize("name", ["", "everything", "../runs", "Checkpoints"])
def test_unknown_cleanups(name: str, here: Workspace) -> None:
    with pytest.raises(BadRequest, match="Unknown clean-up"):
        cleanup.clean(here, name)

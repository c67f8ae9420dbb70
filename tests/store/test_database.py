"""The database under many hands, and files that are not what they should be."""

from __future__ import annotations

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from engine.config import build
from engine.errors import BadRequest, Damaged, NotFound
from engine.store import database, runs, tasks
from engine.store.database import read, write
from engine.store.records import run_from
from engine.store.tables import MetaRow, MetricRow, RunRow, TaskRow
from engine.store.workspace import Workspace, checked_id

ROOT = Path(__file__).resolve().parents[2]
ADDER = """
from sqlalchemy import select
from engine.store.database import write
from engine.store.tables import RunRow
from engine.store.workspace import Workspace
for _ in range(25):
    with write(Workspace.current()) as session:
        row = session.scalars(select(RunRow)).one()
        row.step += 1
"""


def a_run(here: Workspace) -> str:
    run_id = runs.new_id()
    with write(here) as session:
        runs.insert(session, run_id, build({}), "", "a run")
    return run_id


def add_points(here: Workspace, run_id: str, steps: range, name: str = "loss.feature") -> None:
    with write(here) as session:
        session.add_all(MetricRow(run_id=run_id, step=step, name=name, value=step / 3, seconds=0.5) for step in steps)


def test_sqlite_is_set_up_for_readers_beside_a_writer(here: Workspace) -> None:
    with read(here) as session:
        values = {name: session.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")}  # fmt: skip
    assert values == {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "busy_timeout": 30_000}


def test_read_and_write_from_many_processes_loses_nothing(here: Workspace) -> None:
    """Each reads, adds one and writes: any two at once would lose a count, and any that cannot wait would fail."""
    run_id = a_run(here)
    adders = [subprocess.Popen([sys.executable, "-c", ADDER], cwd=ROOT) for _ in range(3)]
    assert [adder.wait(60) for adder in adders] == [0, 0, 0]
    assert runs.row(here, run_id).step == 75


def test_first_opening_from_many_threads(here: Workspace) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: len(runs.rows(here)), range(16))) == [0] * 16


def test_an_error_leaves_nothing_behind(here: Workspace) -> None:
    with pytest.raises(ZeroDivisionError), write(here) as session:
        runs.insert(session, runs.new_id(), build({}), "", "half made")
        session.flush()
        raise ZeroDivisionError
    assert runs.rows(here) == []


@pytest.mark.parametrize("version", ["0", "99"])
def test_another_schema_is_refused(here: Workspace, version: str) -> None:
    a_run(here)
    with write(here) as session:
        session.execute(update(MetaRow).values(value=version))
    database.dispose(here)
    with pytest.raises(BadRequest) as caught:
        runs.rows(here)
    assert f"version {version}" in str(caught.value) and "DISTILLERY_HOME" in str(caught.value)


TASKS_1 = """CREATE TABLE tasks (id VARCHAR(8) NOT NULL, "key" VARCHAR(64) NOT NULL, kind VARCHAR(20) NOT NULL,
run_id VARCHAR(8) NOT NULL, params JSON NOT NULL, state VARCHAR(10) NOT NULL, phase TEXT NOT NULL, done BIGINT NOT NULL,
total BIGINT NOT NULL, created DOUBLE NOT NULL, finished DOUBLE, error TEXT NOT NULL, error_kind VARCHAR(20) NOT NULL,
result JSON NOT NULL, PRIMARY KEY (id), FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE)"""


def as_version_1(here: Workspace) -> None:
    """The tables as the first version made them, with what is in them."""
    with write(here) as session:
        for column in ("tags", "note", "pinned"):
            session.execute(text(f"ALTER TABLE runs DROP COLUMN {column}"))
        session.execute(text("ALTER TABLE tasks RENAME TO tasks_new"))
        session.execute(text(TASKS_1))
        session.execute(text("INSERT INTO tasks SELECT * FROM tasks_new"))
        session.execute(text("DROP TABLE tasks_new"))
        session.execute(update(MetaRow).values(value="1"))
    database.dispose(here)


def test_a_database_of_the_first_version_is_brought_up_to_date(here: Workspace) -> None:
    run_id = a_run(here)
    old = tasks.request(here, "export", run_id, {"format": "npz"}, "content")
    as_version_1(here)
    row = runs.row(here, run_id)
    assert (row.name, row.tags, row.note, row.pinned) == ("a run", [], "", False)
    assert tasks.get(here, old.id) == old
    with write(here) as session:
        session.execute(update(TaskRow).values(run_id=None))
    assert tasks.get(here, old.id).run_id == ""
    with read(here) as session:
        made = (
            session.execute(text("SELECT name FROM sqlite_master WHERE tbl_name = 'tasks' AND type = 'index'"))
            .scalars()
            .all()
        )
    assert {"ix_tasks_run_id", "ix_tasks_key", "ix_tasks_state"} <= set(made)


def test_a_file_that_is_no_database(here: Workspace) -> None:
    here.database_file.write_bytes(b"this is a letter to grandmother, not a database" * 100)
    with pytest.raises(Damaged, match="damaged"):
        runs.rows(here)


@pytest.mark.parametrize("url", ["nonsense", "oracle9://x", "mysql://", "sqlite:////tmp/other.db"])
def test_a_url_that_is_none(here: Workspace, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DISTILLERY_DATABASE_URL", url)
    with pytest.raises(BadRequest, match="DISTILLERY_DATABASE_URL"):
        runs.rows(here)


def test_any_folder_name_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path is no URL: nothing in it is taken for a query or an escape."""
    monkeypatch.setenv("DISTILLERY_HOME", str(tmp_path / "50% of what? #1 ü"))
    here = Workspace.current()
    here.root.mkdir()
    run_id = a_run(here)
    assert here.database_file.is_file() and runs.row(here, run_id).id == run_id
    database.dispose(here)


def test_a_workspace_that_was_replaced_is_opened_anew(here: Workspace) -> None:
    a_run(here)
    for file in here.root.glob("distillery.db*"):
        file.unlink()
    assert runs.rows(here) == []
    assert a_run(here) == runs.rows(here)[0].run.id


def test_what_works_in_the_background_brings_no_workspace_back(here: Workspace) -> None:
    run_id = a_run(here)
    background = Workspace.current(existing=True)
    assert runs.row(background, run_id).id == run_id
    shutil.rmtree(here.root)
    for use in (runs.rows, tasks.claim):
        with pytest.raises(database.WorkspaceGone):
            use(background)
    assert not here.root.exists()
    assert runs.rows(here) == []


def test_cursors_give_each_point_once(here: Workspace) -> None:
    run_id, other = a_run(here), a_run(here)
    assert runs.metrics(here, run_id, (), 0) == ([], 0)
    add_points(here, run_id, range(3))
    first, cursor = runs.metrics(here, run_id, (), 0)
    assert [row.step for row in first] == [0, 1, 2] and first[2].value == 2 / 3
    add_points(here, other, range(5))
    assert runs.metrics(here, run_id, (), cursor) == ([], cursor)
    add_points(here, run_id, range(3, 5))
    add_points(here, run_id, range(3, 4), "loss.gradient")
    second, last = runs.metrics(here, run_id, (), cursor)
    assert [(row.step, row.name) for row in second] == [(3, "loss.feature"), (4, "loss.feature"), (3, "loss.gradient")]
    assert last > cursor
    assert [row.step for row in runs.metrics(here, run_id, ("loss.gradient",), 0)[0]] == [3]


def test_a_cursor_outlives_deleted_points(here: Workspace) -> None:
    """A resumed run drops its last points: what it writes then must be newer than any cursor handed out before."""
    run_id = a_run(here)
    add_points(here, run_id, range(4))
    _, cursor = runs.metrics(here, run_id, (), 0)
    with write(here) as session:
        runs.change(session, MetricRow.__table__.delete().where(MetricRow.step > 1))  # type: ignore[attr-defined]
    add_points(here, run_id, range(2, 3))
    assert [row.step for row in runs.metrics(here, run_id, (), cursor)[0]] == [2]


def test_old_and_foreign_settings_can_be_read(here: Workspace) -> None:
    from engine.store.records import run_from

    run_id = a_run(here)
    with write(here) as session:
        row = session.scalars(select(RunRow)).one()
        row.config = {k: v for k, v in row.config.items() if k != "seed"} | {"from_the_future": 3}
    assert run_from(runs.row(here, run_id)).config == build({})


@pytest.mark.parametrize("value", ["", "..", "../../etc", "0123456", "012345678", "ABCDEF01", "0123456g", "01234567\n"])
def test_ids_from_outside(here: Workspace, value: str) -> None:
    with pytest.raises(NotFound):
        checked_id(value)
    with pytest.raises(NotFound):
        runs.row(here, value)


def test_ids_are_ids() -> None:
    assert len({checked_id(runs.new_id()) for _ in range(100)}) == 100


def test_a_workspace_that_cannot_be_made_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for root in (Path("/proc/none"), tmp_path / "file" / "below", tmp_path / "file"):
        with pytest.raises(BadRequest, match="set DISTILLERY_HOME to a folder you may write in"), read(Workspace(root)):
            pass


def test_a_run_in_a_list_is_the_run_by_itself(here: Workspace) -> None:
    run_id = a_run(here)
    score = {"network": "convnet", "accuracies": [95.0, 97.0], "protocol": {"name": "E-IDC"}}
    values = {"results": {"distilled": [score]}, "tags": ["a", "b"], "note": "why", "pinned": True, "step": 3, "eta": 1.5,
              "heartbeat": 7.0, "pid": 4, "pid_created": 2.0}  # fmt: skip
    with write(here) as session:
        session.execute(update(RunRow).where(RunRow.id == run_id).values(**values))
    (listed,) = runs.rows(here)
    assert listed.run == run_from(runs.row(here, run_id)), "columns are not mixed up"
    kept = {name: getattr(listed.run, name) for name in ("tags", "note", "pinned", "step", "eta")}
    assert kept == {"tags": ("a", "b"), "note": "why", "pinned": True, "step": 3, "eta": 1.5}
    assert listed.run.accuracy is not None and listed.run.accuracy.mean == 96.0
    assert (listed.state, listed.heartbeat, listed.pid, listed.pid_created) == ("queued", 7.0, 4, 2.0)

"""Tasks kept by content, deleted runs that go after a while, and figures from papers."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import update

from engine.config import build
from engine.errors import NotFound, WrongState
from engine.store import artifacts, runs, tasks
from engine.store.database import write
from engine.store.purge import GRACE, purge
from engine.store.tables import MetricRow, RunRow
from engine.store.workspace import Workspace


def a_run(here: Workspace) -> str:
    run_id = runs.new_id()
    with write(here) as session:
        runs.insert(session, run_id, build({}), "", "a run")
    here.run(run_id).root.mkdir(parents=True)
    artifacts.write_json(here.run(run_id).config, {})
    return run_id


def test_the_same_question_gets_the_same_task(here: Workspace) -> None:
    run_id, other = a_run(here), a_run(here)
    asked = tasks.request(here, "sampling", run_id, {"label": 1, "seed": 2}, "step 5")
    assert tasks.request(here, "sampling", run_id, {"seed": 2, "label": 1}, "step 5") == asked
    different = [
        tasks.request(here, "sampling", run_id, {"label": 2, "seed": 2}, "step 5"),
        tasks.request(here, "sampling", run_id, {"label": 1, "seed": 2}, "step 6"),
        tasks.request(here, "evaluate", run_id, {"label": 1, "seed": 2}, "step 5"),
        tasks.request(here, "sampling", other, {"label": 1, "seed": 2}, "step 5"),
    ]
    assert len({task.id for task in [asked, *different]}) == 5
    assert tasks.counts(here) == (5, 0)


def test_a_task_from_asking_to_answer(here: Workspace) -> None:
    run_id = a_run(here)
    asked = tasks.request(here, "sampling", run_id, {}, "")
    taken = tasks.claim(here)
    assert taken is not None and (taken.id, taken.state) == (asked.id, "running")
    assert tasks.claim(here) is None
    tasks.progress(here, asked.id, "clustering", 3, 8)
    now = tasks.get(here, asked.id)
    assert (now.phase, now.done, now.total, now.is_live) == ("clustering", 3, 8, True)
    taken.folder.mkdir(parents=True)
    tasks.finish(here, asked.id, {"mmd": 0.25})
    done = tasks.request(here, "sampling", run_id, {}, "")
    assert (done.id, done.state, done.result, done.is_live) == (asked.id, "finished", {"mmd": 0.25}, False)


def test_a_failed_task_and_one_whose_files_are_gone_are_done_again(here: Workspace) -> None:
    run_id = a_run(here)
    first = tasks.request(here, "export", run_id, {}, "")
    tasks.fail(here, first.id, "It broke.", "RunFailed")
    assert tasks.get(here, first.id).error == "It broke."
    second = tasks.request(here, "export", run_id, {}, "")
    tasks.finish(here, second.id, {"path": str(here.root / "not there")})
    third = tasks.request(here, "export", run_id, {}, "")
    assert len({first.id, second.id, third.id}) == 3


def test_a_waiting_task_stops_at_once_and_one_at_work_when_it_next_reports(here: Workspace) -> None:
    run_id = a_run(here)
    waiting, working = (tasks.request(here, "evaluate", run_id, {"repeats": n}, "").id for n in (1, 2))
    tasks.stop(here, waiting)
    assert tasks.get(here, waiting).state == "stopped" and not tasks.get(here, waiting).is_live
    taken = tasks.claim(here)
    assert taken is not None and taken.id == working
    assert tasks.progress(here, working, "training", 1, 2)
    tasks.stop(here, working)
    assert tasks.get(here, working).state == "stopping" and tasks.get(here, working).is_live
    assert tasks.counts(here) == (0, 1), "the lab still holds it"
    assert not tasks.progress(here, working, "training", 2, 2)
    tasks.stopped(here, working)
    assert tasks.get(here, working).state == "stopped" and tasks.counts(here) == (0, 0)
    for task_id in (waiting, working):
        with pytest.raises(WrongState, match="is stopped"):
            tasks.stop(here, task_id)


def test_a_stopped_task_goes_on_when_it_is_resumed_or_asked_for_again(here: Workspace) -> None:
    run_id = a_run(here)
    asked = tasks.request(here, "evaluate", run_id, {}, "")
    with pytest.raises(WrongState, match="is queued"):
        tasks.resume(here, asked.id)
    tasks.stop(here, asked.id)
    again = tasks.request(here, "evaluate", run_id, {}, "")
    assert (again.id, again.state) == (asked.id, "queued")
    tasks.stop(here, asked.id)
    tasks.resume(here, asked.id)
    assert tasks.get(here, asked.id).state == "queued"
    tasks.fail(here, asked.id, "It broke.", "RunFailed")
    tasks.resume(here, asked.id)
    now = tasks.get(here, asked.id)
    assert (now.state, now.error, now.error_kind) == ("queued", "", "")
    with pytest.raises(NotFound):
        tasks.resume(here, "00000000")


def test_a_dead_lab_leaves_what_was_to_be_stopped_stopped(here: Workspace) -> None:
    run_id = a_run(here)
    first, second = (tasks.request(here, "evaluate", run_id, {"repeats": n}, "").id for n in (1, 2))
    tasks.claim(here)
    tasks.claim(here)
    tasks.stop(here, first)
    assert tasks.abandon(here) == 1
    assert [tasks.get(here, one).state for one in (first, second)] == ["stopped", "failed"]


def test_the_tasks_of_a_run_come_newest_first(here: Workspace) -> None:
    run_id, other = a_run(here), a_run(here)
    asked = [tasks.request(here, "sampling", run_id, {"label": label}, "").id for label in range(3)]
    tasks.request(here, "sampling", other, {}, "")
    assert [task.id for task in tasks.of_run(here, run_id)] == asked[::-1]


def test_first_asked_first_done(here: Workspace) -> None:
    run_id = a_run(here)
    asked = [tasks.request(here, "sampling", run_id, {"label": label}, "").id for label in range(4)]
    assert [task.id for task in iter(lambda: tasks.claim(here), None)] == asked


def test_unknown_tasks(here: Workspace) -> None:
    for task_id in ("00000000", "../x"):
        with pytest.raises(NotFound):
            tasks.get(here, task_id)


def test_only_runs_deleted_long_ago_go(here: Workspace) -> None:
    kept, fresh, old = a_run(here), a_run(here), a_run(here)
    doomed = tasks.request(here, "sampling", old, {}, "")
    doomed.folder.mkdir(parents=True)
    with write(here) as session:
        session.add(MetricRow(run_id=old, step=0, name="accuracy", value=1.0, seconds=0.0))
        for run_id, age in ((fresh, 0.5 * GRACE), (old, 1.5 * GRACE)):
            session.execute(
                update(RunRow).where(RunRow.id == run_id).values(state="stopped", deleted=time.time() - age)
            )
    assert purge(here) == 1 and purge(here) == 0
    assert [row.run.id for row in runs.rows(here)] == [kept]
    runs.set_deleted(here, fresh, deleted=False)
    assert here.run(fresh).config.exists() and not here.run(old).root.exists() and not doomed.folder.exists()
    with pytest.raises(NotFound):
        runs.row(here, old)

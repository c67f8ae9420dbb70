"""Tasks in the database: queued -> running -> finished or failed, or by a person's wish (stopping ->) stopped. Finished ones are
given back as long as nothing their result depends on has changed."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Update, delete, select, update

from engine.errors import NotFound, WrongState
from engine.store import database
from engine.store.records import Task, task_from
from engine.store.runs import change, new_id
from engine.store.states import LIVE
from engine.store.tables import TaskRow
from engine.store.workspace import Workspace, checked_id


def key(kind: str, run_id: str, params: Mapping[str, Any], content: str) -> str:
    """Hash of everything a result depends on; `content` says how far the run's files are."""
    return hashlib.sha256(json.dumps([kind, run_id, params, content], sort_keys=True).encode()).hexdigest()


def request(workspace: Workspace, kind: str, run_id: str, params: Mapping[str, Any], content: str) -> Task:
    """The newest task of the same key unless it failed, queued again where it was stopped; else a new queued one. `run_id` "" = about
    a dataset."""
    wanted = key(kind, run_id, params, content)
    with database.write(workspace) as session:
        query = select(TaskRow).where(TaskRow.key == wanted, TaskRow.state != "failed").order_by(TaskRow.created.desc())
        found = session.scalars(query).first()
        if found is None or (found.state == "finished" and not _complete(workspace, found)):
            found = TaskRow(id=new_id(), key=wanted, kind=kind, run_id=run_id or None, params=dict(params), state="queued", created=time.time(),
                            phase="", done=0, total=0, error="", error_kind="", result={})  # fmt: skip
            session.add(found)
            session.flush()
        elif found.state == "stopped":
            session.execute(_requeued().where(TaskRow.id == found.id))
            session.refresh(found)
    return task_from(found, workspace.task(found.id))


def find(workspace: Workspace, kind: str, run_id: str, params: Mapping[str, Any], content: str) -> Task | None:
    """The newest finished task of the same key; None when there is none."""
    wanted = TaskRow.key == key(kind, run_id, params, content)
    with database.read(workspace) as session:
        query = select(TaskRow).where(wanted, TaskRow.state == "finished").order_by(TaskRow.created.desc())
        found = session.scalars(query).first()
    return task_from(found, workspace.task(found.id)) if found and _complete(workspace, found) else None


def get(workspace: Workspace, task_id: str) -> Task:
    """Raises NotFound."""
    with database.read(workspace) as session:
        found = session.get(TaskRow, checked_id(task_id, "task"))
    if found is None:
        raise NotFound(f"There is no task '{task_id}' in workspace '{workspace.root}'; ask for its result again.")
    return task_from(found, workspace.task(task_id))


def of_run(workspace: Workspace, run_id: str) -> list[Task]:
    """All tasks about a run, newest first."""
    query = select(TaskRow).where(TaskRow.run_id == checked_id(run_id)).order_by(TaskRow.created.desc(), TaskRow.id)
    with database.read(workspace) as session:
        return [task_from(row, workspace.task(row.id)) for row in session.scalars(query)]


def of_runs(workspace: Workspace, run_ids: Iterable[str], kind: str) -> list[Task]:
    """Tasks of one kind about any of these runs, newest first."""
    wanted = TaskRow.run_id.in_([checked_id(run_id) for run_id in run_ids])
    query = select(TaskRow).where(TaskRow.kind == kind, wanted).order_by(TaskRow.created.desc(), TaskRow.id)
    with database.read(workspace) as session:
        return [task_from(row, workspace.task(row.id)) for row in session.scalars(query)]


def of_kind(workspace: Workspace, kind: str) -> list[Task]:
    """All tasks of one kind, newest first."""
    query = select(TaskRow).where(TaskRow.kind == kind).order_by(TaskRow.created.desc(), TaskRow.id)
    with database.read(workspace) as session:
        return [task_from(row, workspace.task(row.id)) for row in session.scalars(query)]


def live(workspace: Workspace) -> list[Task]:
    """Tasks that wait or are at work, in the order in which the lab takes them."""
    query = select(TaskRow).where(TaskRow.state.in_(LIVE))
    with database.read(workspace) as session:
        found = session.scalars(query.order_by(TaskRow.created, TaskRow.id)).all()
    return [task_from(row, workspace.task(row.id)) for row in sorted(found, key=lambda row: row.state == "queued")]


def forget(workspace: Workspace, task_ids: Iterable[str]) -> None:
    """Removes tasks that are over, with their files. A live one stays."""
    for task_id in task_ids:
        folder = workspace.task(task_id)
        with database.write(workspace) as session:
            over = TaskRow.state.not_in(LIVE)
            gone = change(session, delete(TaskRow).where(TaskRow.id == task_id, over))
        if gone:
            shutil.rmtree(folder, ignore_errors=True)


def stop(workspace: Workspace, task_id: str) -> None:
    """A waiting task is stopped at once, one at work when its process next reports. Raises NotFound, WrongState."""
    checked_id(task_id, "task")
    with database.write(workspace) as session:
        waiting = update(TaskRow).where(TaskRow.id == task_id, TaskRow.state == "queued")
        if change(session, waiting.values(state="stopped", finished=time.time())):
            return
        if change(session, _running(task_id).values(state="stopping")):
            return
    state = get(workspace, task_id).state
    raise WrongState(f"Task '{task_id}' is {state}; only a task that is queued or running can be stopped.")


def resume(workspace: Workspace, task_id: str) -> None:
    """Queues a task again that was stopped or failed; the files in its folder stay. Raises NotFound, WrongState."""
    checked_id(task_id, "task")
    with database.write(workspace) as session:
        if change(session, _requeued().where(TaskRow.id == task_id, TaskRow.state.in_(("stopped", "failed")))):
            return
    state = get(workspace, task_id).state
    raise WrongState(f"Task '{task_id}' is {state}; only a task that was stopped or failed can be resumed.")


def counts(workspace: Workspace) -> tuple[int, int]:
    """Number of queued tasks, and of those at work."""
    with database.read(workspace) as session:
        states = session.scalars(select(TaskRow.state).where(TaskRow.state.in_(LIVE))).all()
    waiting = states.count("queued")
    return waiting, len(states) - waiting


def claim(workspace: Workspace, *kinds: str) -> Task | None:
    """The longest waiting task, of these kinds where some are named, now running; None when there is none."""
    wanted = select(TaskRow).where(TaskRow.state == "queued").order_by(TaskRow.created, TaskRow.id)
    with database.write(workspace) as session:
        found = session.scalars(wanted.where(TaskRow.kind.in_(kinds)) if kinds else wanted).first()
        if found is None:
            return None
        found.state = "running"
    return task_from(found, workspace.task(found.id))


def progress(workspace: Workspace, task_id: str, phase: str, done: int, total: int) -> bool:
    """Says how far a running task is. False when it is not to go on: a stop is wished, or the task is gone."""
    with database.write(workspace) as session:
        return change(session, _running(task_id).values(phase=phase, done=done, total=total)) == 1


def finish(workspace: Workspace, task_id: str, result: Mapping[str, Any]) -> None:
    """Keeps the result."""
    _end(workspace, task_id, state="finished", result=dict(result))


def fail(workspace: Workspace, task_id: str, error: str, error_kind: str) -> None:
    """Keeps the sentence."""
    _end(workspace, task_id, state="failed", error=error, error_kind=error_kind)


def stopped(workspace: Workspace, task_id: str) -> None:
    """Says that the work on a task has ended as was wished."""
    _end(workspace, task_id, state="stopped")


def abandon(workspace: Workspace) -> int:
    """Fails the tasks that a dead lab left running; how many there were. What was to be stopped is stopped."""
    with database.write(workspace) as session:
        ended = update(TaskRow).where(TaskRow.state == "stopping")
        session.execute(ended.values(state="stopped", finished=time.time()))
    sentence = "The process that worked on this ended unexpectedly, perhaps for want of memory; resume it, or ask for it again."
    return _fail_all(workspace, "running", sentence)


def refuse(workspace: Workspace, sentence: str) -> int:
    """Fails the waiting tasks; how many there were."""
    return _fail_all(workspace, "queued", sentence)


def _running(task_id: str) -> Update:
    return update(TaskRow).where(TaskRow.id == task_id, TaskRow.state == "running")


def _requeued() -> Update:
    return update(TaskRow).values(
        state="queued", finished=None, phase="", done=0, total=0, error="", error_kind="", result={}
    )


def _fail_all(workspace: Workspace, state: str, sentence: str) -> int:
    values = {"state": "failed", "finished": time.time(), "error": sentence, "error_kind": "RunFailed"}
    with database.write(workspace) as session:
        return change(session, update(TaskRow).where(TaskRow.state == state).values(**values))


def _end(workspace: Workspace, task_id: str, **values: Any) -> None:
    with database.write(workspace) as session:
        session.execute(update(TaskRow).where(TaskRow.id == task_id).values(finished=time.time(), phase="", **values))


def _complete(workspace: Workspace, row: TaskRow) -> bool:
    """Whether the files of a finished task are still there; an export's lie at its result's path."""
    path = row.result.get("path")
    return (workspace.root / path if path else workspace.task(row.id)).exists()

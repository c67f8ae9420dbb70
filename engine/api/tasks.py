"""Tasks: work about a run, done in the background, kept by content."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.access import VARIABLE, changing, readonly
from engine.errors import BadRequest, ReadOnly, WrongState
from engine.runner import checks, kinds, services
from engine.store import artifacts, runs, tasks
from engine.store.records import Task, config_from
from engine.store.workspace import Workspace


def request(kind: str, run_id: str, params: Mapping[str, Any]) -> Task:
    """Asks for work about a run: "sampling", "story", "distribution", "nearest", "path", "evaluate", "ranking" or "export". Raises NotFound, BadConfig, WrongState.

    The same kind and parameters on an unchanged run give the same task back, finished or not; one that was stopped goes on.
    In read-only mode a finished one is given back, and ReadOnly raised where there is none.
    """
    here = Workspace.current()
    row = runs.row(here, run_id)
    if kind in kinds.KINDS and kinds.KINDS[kind].about != "run":
        raise BadRequest(f"'{kind}' is no work about a run; ask for it with inspect_dataset.")
    clean = kinds.check(kind, params, config_from(row.config))
    if kinds.KINDS[kind].needs_images and not artifacts.steps(here.run(run_id).snapshots):
        raise WrongState(f"Run '{run_id}' is {row.state} and has no images yet; wait for its first snapshot.")
    looked_at = (run_id, *(clean[name] for name, param in kinds.KINDS[kind].params.items() if param.run))
    content = "; ".join(checks.content(here.run(one)) for one in looked_at)
    if readonly():
        return _answered(here, kind, run_id, clean, content)
    found = tasks.request(here, kind, run_id, clean, content)
    if found.is_live:
        services.ensure_supervisor(here)
    return found


def _answered(here: Workspace, kind: str, run_id: str, params: Mapping[str, Any], content: str) -> Task:
    """What was asked and answered before. Raises ReadOnly."""
    if found := tasks.find(here, kind, run_id, params, content):
        return found
    raise ReadOnly(
        f"This Distillery only shows: nobody has asked for this ({kind}) before. Start it without {VARIABLE}."
    )


def task(task_id: str) -> Task:
    """How far a task is. Raises NotFound."""
    return tasks.get(Workspace.current(), task_id)


def tasks_of(run_id: str) -> list[Task]:
    """All tasks about a run, newest first. Raises NotFound."""
    here = Workspace.current()
    runs.row(here, run_id)
    return tasks.of_run(here, run_id)


@changing
def stop_task(task_id: str) -> Task:
    """Ends a task: at once while it waits, within about a second when it is worked on. Raises NotFound, WrongState."""
    here = Workspace.current()
    tasks.stop(here, task_id)
    return tasks.get(here, task_id)


@changing
def resume_task(task_id: str) -> Task:
    """Queues a stopped or failed task again. An evaluation keeps the networks that were done; other work begins anew. Raises
    NotFound, WrongState."""
    here = Workspace.current()
    tasks.resume(here, task_id)
    services.ensure_supervisor(here)
    return tasks.get(here, task_id)

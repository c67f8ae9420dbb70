"""What may go from a workspace to make room: the table of clean-ups, each with what it costs to have done it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select

from engine.errors import BadRequest, WrongState, unknown
from engine.store import purge, runs, tasks, usage
from engine.store.database import read
from engine.store.states import LIVE
from engine.store.tables import RunRow
from engine.store.workspace import Workspace

WEEK = 7 * 24 * 3600.0
PICTURES = frozenset({"sampling", "distribution", "story"})
"""Kinds of tasks whose results can be had again for the asking. Scores are small and cost hours: they stay."""


class _Way(NamedTuple):
    """`folders`: what would go now; `go`: makes it go."""

    title: str
    effect: str
    folders: Callable[[Workspace], list[Path]]
    go: Callable[[Workspace], None]


class Cleanup(NamedTuple):
    """One clean-up as it stands now: `bytes` it would free in `items` folders, and what is lost by it."""

    name: str
    title: str
    effect: str
    bytes: int
    items: int


def cleanups(workspace: Workspace) -> list[Cleanup]:
    """All of the table, with what each would free now."""
    found = []
    for name, way in WAYS.items():
        folders = [folder for folder in way.folders(workspace) if folder.exists()]
        found.append(Cleanup(name, way.title, way.effect, usage.size(workspace, *folders), len(folders)))
    return found


def clean(workspace: Workspace, name: str) -> int:
    """Does it; bytes that it freed. Raises BadRequest for an unknown name, WrongState where something live needs the files."""
    if name not in WAYS:
        raise BadRequest(unknown("clean-up", name, WAYS))
    folders = WAYS[name].folders(workspace)
    before = usage.size(workspace, *folders)
    WAYS[name].go(workspace)
    return before - usage.size(workspace, *folders)


def _run_ids(workspace: Workspace, deleted: bool) -> list[str]:
    """Deleted runs; or finished ones that are not."""
    wanted = RunRow.deleted.is_not(None) if deleted else (RunRow.state == "finished") & RunRow.deleted.is_(None)
    with read(workspace) as session:
        return list(session.scalars(select(RunRow.id).where(wanted)))


def _checkpoints(workspace: Workspace) -> list[Path]:
    return [workspace.run(run_id).checkpoints for run_id in _run_ids(workspace, deleted=False)]


def _old_tasks(workspace: Workspace) -> list[str]:
    limit = time.time() - WEEK
    found = usage.tasks(workspace)
    return [task.id for task in found if task.kind in PICTURES and not task.live and task.ended < limit]


def _deleted(workspace: Workspace) -> list[Path]:
    ids = set(_run_ids(workspace, deleted=True))
    results = [workspace.task(task.id) for task in usage.tasks(workspace) if task.run_id in ids]
    return [*(workspace.run(run_id).root for run_id in ids), *results]


def _remove(folders: list[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _empty_caches(workspace: Workspace) -> None:
    live = len(runs.in_states(workspace, LIVE)) + len(tasks.live(workspace))
    if live:
        who = (
            "a run or task is live. Wait for it or stop it"
            if live == 1
            else f"{live} runs or tasks are live. Wait for them or stop them"
        )
        raise WrongState(f"The caches are in use: {who}, then try again.")
    _remove([workspace.cache])


def _purge(workspace: Workspace) -> None:
    purge.purge(workspace, grace=0.0)


WAYS: dict[str, _Way] = {
    "checkpoints": _Way(
        "Checkpoints of finished runs",
        "Images, curves and scores stay. The Sampling page then looks at these runs through a fresh network.",
        _checkpoints,
        lambda here: _remove(_checkpoints(here)),
    ),
    "results": _Way(
        "Sampling results older than a week",
        "Embeddings and picks; they are worked out again when somebody asks. Scores stay.",
        lambda here: [here.task(task) for task in _old_tasks(here)],
        lambda here: tasks.forget(here, _old_tasks(here)),
    ),
    "caches": _Way(
        "Caches",
        "Decoded images, networks for measurements; the next run makes again what it needs, which takes a while.",
        lambda here: [here.cache],
        _empty_caches,
    ),
    "deleted": _Way(
        "Deleted runs",
        "They go by themselves a day after they were deleted; after this nothing brings them back.",
        _deleted,
        _purge,
    ),
}

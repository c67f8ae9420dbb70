"""What lies in a workspace and how much room it takes, by run and by kind.

A folder is looked at once and again only when an entry in it came or went, so that asking often costs a `stat` per folder. A file
that grows in place, a log, is seen at the next look; `forget` makes everything be looked at anew.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select

from engine.store.database import read
from engine.store.states import LIVE
from engine.store.tables import RunRow, TaskRow
from engine.store.workspace import Workspace


class RunUsage(NamedTuple):
    """Bytes of one run. `images`: its snapshots; `tasks`: results of work about it; `records`: log, settings and the like."""

    run_id: str
    name: str
    state: str
    deleted: bool
    images: int
    checkpoints: int
    exports: int
    tasks: int
    records: int

    @property
    def total(self) -> int:
        return self.images + self.checkpoints + self.exports + self.tasks + self.records


@dataclass(frozen=True)
class Usage:
    """All of a workspace. `shared`: bytes by what belongs to no run; `free`: bytes left on its disk. `runs`, the largest first, are
    those of `of` that were looked at in time."""

    runs: tuple[RunUsage, ...]
    shared: dict[str, int]
    free: int
    of: int

    @property
    def total(self) -> int:
        return sum(run.total for run in self.runs) + sum(self.shared.values())

    @property
    def complete(self) -> bool:
        return len(self.runs) == self.of


class TaskFiles(NamedTuple):
    """A task as the room it takes; `run_id` "" = about a dataset. `ended`: seconds since the epoch, its beginning while it lives."""

    id: str
    run_id: str
    kind: str
    live: bool
    ended: float


def usage(workspace: Workspace, seconds: float) -> Usage:
    """Looks for at most about so long; what was not reached is looked at next time."""
    sizes, until = _of(workspace), time.monotonic() + seconds
    with read(workspace) as session:
        wanted = select(RunRow.id, RunRow.name, RunRow.state, RunRow.deleted).order_by(RunRow.created.desc())
        rows = session.execute(wanted).all()
    by_run: dict[str, list[Path]] = {}
    for task in tasks(workspace):
        by_run.setdefault(task.run_id, []).append(workspace.task(task.id))
    found: list[RunUsage] = []
    for run_id, name, state, deleted in rows:
        if found and time.monotonic() > until:
            break
        found.append(_one(sizes, workspace, (run_id, name, state, deleted is not None), by_run.get(run_id, [])))
    shared = _shared(sizes, workspace, by_run.get("", []))
    free = shutil.disk_usage(workspace.root).free if workspace.root.exists() else 0
    return Usage(tuple(sorted(found, key=lambda one: -one.total)), shared, free, len(rows))


def tasks(workspace: Workspace) -> Iterator[TaskFiles]:
    """Every task."""
    query = select(TaskRow.id, TaskRow.run_id, TaskRow.kind, TaskRow.state, TaskRow.finished, TaskRow.created)
    with read(workspace) as session:
        rows = session.execute(query).all()
    for task_id, run_id, kind, state, finished, created in rows:
        yield TaskFiles(task_id, run_id or "", kind, state in LIVE, finished or created)


def size(workspace: Workspace, *folders: Path) -> int:
    """Bytes of the files in these folders and all below, links as themselves."""
    sizes = _of(workspace)
    return sum(sizes.whole(str(folder)) for folder in folders)


def forget(workspace: Workspace) -> None:
    """Everything is looked at anew from now on."""
    with _guard:
        _known.pop(workspace.root, None)


class _Sizes:
    """Folder -> (time of its last change, bytes of its own files, folders in it)."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, int, tuple[str, ...]]] = {}

    def whole(self, folder: str) -> int:
        own, below = self._look(folder)
        return own + sum(self.whole(one) for one in below)

    def own(self, folder: str) -> int:
        """Of the files right in it, looked at anew: few, and some grow."""
        self._seen.pop(folder, None)
        return self._look(folder)[0]

    def _look(self, folder: str) -> tuple[int, tuple[str, ...]]:
        try:
            changed = os.stat(folder).st_mtime_ns  # noqa: PTH116 - a Path for each of thousands of folders costs more than the look
            seen = self._seen.get(folder)
            if seen is None or seen[0] != changed:
                seen = self._seen[folder] = (changed, *_listed(folder))
            return seen[1], seen[2]
        except OSError:  # it went meanwhile, or was never there
            self._seen.pop(folder, None)
            return 0, ()


def _listed(folder: str) -> tuple[int, tuple[str, ...]]:
    total, below = 0, []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                below.append(entry.path)
                continue
            try:
                total += entry.stat(follow_symlinks=False).st_size
            except OSError:
                continue
    return total, tuple(below)


_known: dict[Path, _Sizes] = {}
_guard = threading.Lock()


def _of(workspace: Workspace) -> _Sizes:
    with _guard:
        return _known.setdefault(workspace.root, _Sizes())


def _one(sizes: _Sizes, workspace: Workspace, about: tuple[str, str, str, bool], results: list[Path]) -> RunUsage:
    folder = workspace.run(about[0])
    images, checkpoints, exports = (
        sizes.whole(str(part)) for part in (folder.snapshots, folder.checkpoints, folder.export)
    )
    others = _others(sizes, folder.root, {"snapshots", "checkpoints", "export"})
    records = sizes.own(str(folder.root)) + others
    of_tasks = sum(sizes.whole(str(task)) for task in results)
    return RunUsage(*about, images, checkpoints, exports, of_tasks, records)


def _others(sizes: _Sizes, folder: Path, known: set[str]) -> int:
    """Folders of a run that have no column of their own."""
    _, below = sizes._look(str(folder))
    return sum(sizes.whole(one) for one in below if Path(one).name not in known)


def _shared(sizes: _Sizes, workspace: Workspace, looks: list[Path]) -> dict[str, int]:
    return {
        "Database and logs": sizes.own(str(workspace.root)),
        "Caches": sizes.whole(str(workspace.cache)),
        "Downloaded datasets": sizes.whole(str(workspace.data)),
        "Uploaded datasets": sizes.whole(str(workspace.datasets)),
        "Looks inside datasets": sum(sizes.whole(str(look)) for look in looks),
        "Studies": sizes.whole(str(workspace.studies)),
    }

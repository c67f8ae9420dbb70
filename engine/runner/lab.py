"""The process that does tasks beside the runs: what is asked about runs one after another, and beside it what is asked about datasets,
because a download waits for the network, and nobody else should. `python -m engine.runner.lab`.

It stays a while after the last one: importing torch and compiling UMAP take most of a minute, once.
"""

from __future__ import annotations

import gc
import math
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

import filelock

from engine import config as settings
from engine.config import RunConfig
from engine.errors import DistilleryError
from engine.events import Progress
from engine.runner import faults, services
from engine.runner.kinds import KINDS, Job, Kind
from engine.store import runs, tasks
from engine.store.database import WorkspaceGone, dispose
from engine.store.records import Task, config_from
from engine.store.workspace import Workspace

IDLE_SECONDS = 300.0
POLL = 0.2
BEAT = 1.0
REPORT_SECONDS = 0.5  # between two notes of progress


@contextmanager
def _patience() -> Iterator[None]:
    """Where the store was busy for long, the next look may find it free. Raises WorkspaceGone."""
    try:
        yield
    except WorkspaceGone:
        raise
    except DistilleryError as error:
        print(error, file=sys.stderr)


class _Lane(threading.Thread):
    """Does tasks about datasets until it is told that the day is over, or the workspace is gone."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(daemon=True)
        self._workspace = workspace
        self.over, self.busy = threading.Event(), threading.Event()

    def run(self) -> None:
        while not self.over.wait(POLL):
            try:
                with _patience():
                    if task := tasks.claim(self._workspace, *_about("dataset")):
                        self.busy.set()
                        perform(self._workspace, task)
            except WorkspaceGone:
                return
            finally:
                self.busy.clear()


class _Stopped(Exception):
    """A person wishes that the task ends here."""


def serve(workspace: Workspace, idle: float = IDLE_SECONDS) -> None:
    """Does tasks until none came for `idle` seconds or the workspace is gone. Returns at once where another lab serves."""
    lock = filelock.FileLock(workspace.lab_lock)
    try:
        held = lock.acquire(timeout=0)
    except filelock.Timeout:
        return
    with held:
        services.beat(workspace, services.LAB)
        over = threading.Event()
        beating = threading.Thread(target=_beat, args=(workspace, over), daemon=True)
        beating.start()
        try:
            _loop(workspace, idle)
            services.leave(workspace, services.LAB)
        except WorkspaceGone:
            return
        finally:
            over.set()
            beating.join()
    dispose(workspace)


def perform(workspace: Workspace, task: Task, table: dict[str, Kind] = KINDS) -> None:
    """Does one task and writes down how it ended; never raises for what the task did."""
    try:
        config = _config(workspace, task, table[task.kind])
        for folder in (task.folder.parent, task.folder):  # not the workspace itself, should it be gone
            folder.mkdir(exist_ok=True)
        run_dir = workspace.run(task.run_id).root if task.run_id else task.folder
        job = Job(run_dir, config, task.params, workspace.cache, task.folder, _reporter(workspace, task.id))
        tasks.finish(workspace, task.id, table[task.kind].work(job))
    except _Stopped:
        tasks.stopped(workspace, task.id)
    except Exception as error:
        known = faults.explain(error, "this machine")
        if known is None:
            traceback.print_exc()
        sentence = (
            str(known)
            if known
            else f"This met a fault in Distillery ({type(error).__name__}); '{workspace.lab_log}' has the details, please report them."
        )
        tasks.fail(workspace, task.id, sentence, type(known).__name__ if known else "Bug")
    _give_back()


def _give_back() -> None:
    """The memory that a task took of a GPU: the lab stays for minutes, and runs want it."""
    torch = sys.modules.get("torch")  # not loaded for this alone
    if torch and torch.cuda.is_initialized():
        gc.collect()
        torch.cuda.empty_cache()


def _config(workspace: Workspace, task: Task, kind: Kind) -> RunConfig:
    """That of the run; of a dataset the plain one that reads it. Raises NotFound, BadConfig."""
    if kind.about == "run":
        return config_from(runs.row(workspace, task.run_id).config)
    return settings.build({name: task.params[name] for name in ("dataset", "data_dir")}, check=False)


def _loop(workspace: Workspace, idle: float) -> None:
    beside = _Lane(workspace)
    beside.start()
    last = time.monotonic()
    while time.monotonic() - last < idle:
        task = None
        with _patience():
            if task := tasks.claim(workspace, *_about("run")):
                perform(workspace, task)
        if task is None:
            time.sleep(POLL)
        if task or beside.busy.is_set():
            last = time.monotonic()
    beside.over.set()
    beside.join()


def _about(what: Literal["run", "dataset"]) -> tuple[str, ...]:
    return tuple(name for name, kind in KINDS.items() if kind.about == what)


def _reporter(workspace: Workspace, task_id: str) -> Callable[[Progress], None]:
    """Notes progress, and ends the work where a stop is wished by raising through it. A new phase is noted at once: it may be a
    long one that says nothing more."""
    spoke, phase = -math.inf, ""

    def report(progress: Progress) -> None:
        nonlocal spoke, phase
        if progress.phase != phase or time.monotonic() - spoke >= REPORT_SECONDS:
            spoke, phase = time.monotonic(), progress.phase
            if not tasks.progress(workspace, task_id, progress.phase, progress.done, progress.total):
                raise _Stopped

    return report


def _beat(workspace: Workspace, over: threading.Event) -> None:
    while not over.wait(BEAT):
        if workspace.gone:
            os._exit(0)  # whatever is being computed, nobody can read it any more
        try:
            services.beat(workspace, services.LAB)
        except DistilleryError as error:
            print(error, file=sys.stderr)  # busy for long; the process itself still tells that it lives


if __name__ == "__main__":
    serve(Workspace.current(existing=True))

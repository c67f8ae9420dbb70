"""The two background processes that exist once per workspace, and how to know whether they live."""

from __future__ import annotations

import subprocess
import time

import filelock

from engine.errors import RunFailed
from engine.runner import process
from engine.store import database
from engine.store.tables import ServiceRow
from engine.store.workspace import Workspace

SUPERVISOR, LAB = "supervisor", "lab"
IDLE_EXIT = 600  # seconds without work after which a supervisor that was started by itself ends by itself
START_LIMIT = 20.0  # seconds a new supervisor may take to say that it is there
_children: list[subprocess.Popen[bytes]] = []
"""Kept until they end: a process that is forgotten stays a zombie as long as its parent lives."""


def beat(workspace: Workspace, name: str) -> None:
    """Says that this process is the service `name` and is alive."""
    pid, created = process.own()
    with database.write(workspace) as session:
        session.merge(ServiceRow(name=name, pid=pid, pid_created=created, heartbeat=time.time()))


def leave(workspace: Workspace, name: str) -> None:
    """Says that this process is the service no longer."""
    with database.write(workspace) as session:
        row = session.get(ServiceRow, name)
        if row is not None and process.Identity(row.pid, row.pid_created) == process.own():
            session.delete(row)


def alive(workspace: Workspace, name: str) -> bool:
    """Whether the service's process runs."""
    with database.read(workspace) as session:
        row = session.get(ServiceRow, name)
    return row is not None and process.alive(row.pid, row.pid_created)


def ensure_supervisor(workspace: Workspace, idle_exit: int = IDLE_EXIT) -> None:
    """Returns once a supervisor is alive, after starting one if need be. Raises RunFailed."""
    _children[:] = [child for child in _children if child.poll() is None]
    if alive(workspace, SUPERVISOR):
        return
    workspace.make()
    with filelock.FileLock(workspace.spawn_lock, timeout=2 * START_LIMIT):
        if alive(workspace, SUPERVISOR):
            return
        arguments = ["-m", "engine", "serve", "--idle-exit", str(idle_exit)]
        child = process.spawn(arguments, workspace, workspace.supervisor_log, {})
        _children.append(child)
        _await(workspace, child)


def _await(workspace: Workspace, child: subprocess.Popen[bytes]) -> None:
    limit = time.monotonic() + START_LIMIT
    while time.monotonic() < limit:
        if alive(workspace, SUPERVISOR):
            return
        if child.poll() is not None and not alive(workspace, SUPERVISOR):
            break
        time.sleep(0.05)
    raise RunFailed(
        f"The supervisor could not be started; '{workspace.supervisor_log}' says why. 'python -m engine serve' starts it by hand."
    )

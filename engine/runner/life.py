"""Telling the dead from the living: a run whose worker is gone is lost, whatever its row says."""

from __future__ import annotations

from dataclasses import replace

from engine.runner import process
from engine.store import runs
from engine.store.database import write
from engine.store.records import ListedRun, Run, run_from
from engine.store.states import AT_WORK
from engine.store.tables import RunRow
from engine.store.workspace import Workspace

HEARTBEAT_LIMIT = 5.0  # seconds; workers beat every second


def is_lost(row: RunRow | ListedRun, limit: float = HEARTBEAT_LIMIT) -> bool:
    """Whether the run should have a worker, but its heartbeat is old and its process gone."""
    return row.state in AT_WORK and process.age(row.heartbeat) > limit and not process.alive(row.pid, row.pid_created)


def seen(row: RunRow | ListedRun) -> Run:
    """The run as it truly stands, also while no supervisor is there to notice."""
    run = row.run if isinstance(row, ListedRun) else run_from(row)
    return replace(run, state="lost") if is_lost(row) else run


def settle(workspace: Workspace, row: RunRow, limit: float = HEARTBEAT_LIMIT, cause: str = "") -> bool:
    """Writes down that the run is lost, if it is. `cause` completes the sentence "The worker process ended"."""
    if not is_lost(row, limit):
        return False
    sentence = f"The worker process ended {cause or 'unexpectedly'}; resume to go on from the last checkpoint."
    with write(workspace) as session:
        return runs.move(
            session,
            row.id,
            "lost",
            life=row.life,
            error=sentence,
            error_kind="RunFailed",
            eta=None,
            wish="",
            finished=row.heartbeat,
        )

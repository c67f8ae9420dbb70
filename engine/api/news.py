"""What has ended lately: for a word to whoever has a page open."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select

from engine.store import database
from engine.store.tables import RunRow
from engine.store.workspace import Workspace

TOLD = ("finished", "failed", "lost", "stopped", "paused")
LAG = 30.0  # seconds: a lost run is dated back to its last heartbeat, and noticed later
MOST = 20


class Ended(NamedTuple):
    """A run that has ended; `finished` in seconds since the epoch."""

    id: str
    name: str
    state: str
    finished: float


def ended_since(moment: float) -> list[Ended]:
    """Runs that ended after `moment` (seconds since the epoch) or up to half a minute before, newest first, at most 20: ask with
    the time of the last question and leave out those already told."""
    columns = (RunRow.id, RunRow.name, RunRow.state, RunRow.finished)
    query = select(*columns).where(RunRow.finished > moment - LAG, RunRow.state.in_(TOLD), RunRow.deleted.is_(None))
    with database.read(Workspace.current()) as session:
        found = session.execute(query.order_by(RunRow.finished.desc()).limit(MOST)).all()
    return [Ended(run_id, name, state, finished or 0.0) for run_id, name, state, finished in found]

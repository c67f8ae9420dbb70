"""The order in which waiting runs start: the supervisor takes the one that was queued longest ago."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from engine.errors import BadRequest, WrongState
from engine.store.database import read, write
from engine.store.runs import row
from engine.store.tables import RunRow
from engine.store.workspace import Workspace, checked_id

APART = 1e-4  # seconds; a double holds the time of day to a tenth of that
_WAITS = (RunRow.state == "queued", RunRow.deleted.is_(None))
_ORDER = (RunRow.queued, RunRow.id)  # as engine/store/runs.py gives them to the supervisor


def length(workspace: Workspace) -> int:
    """How many runs wait."""
    with read(workspace) as session:
        return session.scalar(select(func.count()).select_from(RunRow).where(*_WAITS)) or 0


def first(workspace: Workspace, most: int | None = None) -> Sequence[RunRow]:
    """Waiting runs in the order in which they start, at most so many."""
    with read(workspace) as session:
        return session.scalars(select(RunRow).where(*_WAITS).order_by(*_ORDER).limit(most)).all()


def move(workspace: Workspace, run_id: str, to: int) -> None:
    """Puts a waiting run at position `to` of the queue, 0 = next; beyond the end = last. All others keep their order.

    Raises NotFound, WrongState for a run that does not wait, BadRequest for a position below 0.
    """
    checked_id(run_id)
    if not isinstance(to, int) or isinstance(to, bool) or to < 0:
        raise BadRequest(f"A run cannot be put at position {to!r:.20} of the queue; give 0 (next) or more.")
    with write(workspace) as session:
        waiting = list(session.scalars(select(RunRow).where(*_WAITS).order_by(*_ORDER)))
        mine = next((one for one in waiting if one.id == run_id), None)
        if mine is not None:
            times, last = [one.queued for one in waiting], 0.0
            waiting.remove(mine)
            waiting.insert(to, mine)
            for one, at in zip(waiting, times, strict=True):
                last = max(at, last + APART)  # two that were queued in the same instant would fall back to their ids
                one.queued = last
            return
    raise WrongState(
        f"Run '{run_id}' is {row(workspace, run_id).state}; only a run that waits can be moved in the queue."
    )

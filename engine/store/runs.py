"""Runs and their metrics in the database: insert, read, and the moves between states, each one atomic statement."""

from __future__ import annotations

import secrets
import statistics
import time
from collections.abc import Collection, Sequence
from typing import Any, cast

from sqlalchemy import CursorResult, Text, select, update
from sqlalchemy import cast as cast_to
from sqlalchemy.orm import Session

from engine.config import RunConfig
from engine.errors import NotFound, WrongState
from engine.store import database, states
from engine.store.records import AS_TEXT, LISTED, ListedRun, MetricRow, listed_from, number
from engine.store.tables import MetricRow as StoredMetric
from engine.store.tables import RunRow
from engine.store.workspace import Workspace, checked_id

RECENT = 100  # values of a curve that stand for how a run goes now
_LISTED = [cast_to(getattr(RunRow, name), Text) if name in AS_TEXT else getattr(RunRow, name) for name in LISTED]


def new_id() -> str:
    """8 hexadecimal characters, drawn by the operating system: a run's seed has no say in them."""
    return secrets.token_hex(4)


def insert(
    session: Session, run_id: str, config: RunConfig, preset: str, name: str, tags: Collection[str] = ()
) -> None:
    """Adds a queued run."""
    now = time.time()
    session.add(
        RunRow(id=run_id, name=name, preset=preset, config=config.to_dict(), state="queued", created=now, queued=now,
               total=config.total_steps, tags=sorted(tags))
    )  # fmt: skip


def rows(workspace: Workspace) -> list[ListedRun]:
    """All runs but deleted ones, newest first."""
    query = select(*_LISTED).where(RunRow.deleted.is_(None)).order_by(RunRow.created.desc(), RunRow.id)
    with database.read(workspace) as session:
        return [listed_from(tuple(row)) for row in session.execute(query)]


def row(workspace: Workspace, run_id: str) -> RunRow:
    """Raises NotFound when there is no such run, or it was deleted."""
    with database.read(workspace) as session:
        found = session.get(RunRow, checked_id(run_id))
    if found is None:
        raise NotFound(f"There is no run '{run_id}' in workspace '{workspace.root}'; 'list' shows those there are.")
    if found.deleted is not None:
        raise NotFound(f"Run '{run_id}' was deleted; restore it first, or choose another.")
    return found


def in_states(workspace: Workspace, wanted: Collection[str]) -> Sequence[RunRow]:
    """Runs in one of the states, longest waiting first."""
    with database.read(workspace) as session:
        query = (
            select(RunRow).where(RunRow.state.in_(wanted), RunRow.deleted.is_(None)).order_by(RunRow.queued, RunRow.id)
        )
        return session.scalars(query).all()


def change(session: Session, statement: Any) -> int:
    """Executes an UPDATE or DELETE; the number of rows it touched."""
    return cast("CursorResult[Any]", session.execute(statement)).rowcount


def move(session: Session, run_id: str, to: str, life: int | None = None, **values: Any) -> bool:
    """Moves the run to the state `to` if the table of moves allows it from where it is (and `life` is its current one)."""
    statement = update(RunRow).where(
        RunRow.id == run_id, RunRow.state.in_(states.sources(to)), RunRow.deleted.is_(None)
    )
    if life is not None:
        statement = statement.where(RunRow.life == life)
    return change(session, statement.values(state=to, **values)) == 1


def wish(workspace: Workspace, run_id: str, what: str) -> None:
    """Asks a run to "stop" or "pause": a queued one does so at once, one at work when its worker sees it. Raises WrongState."""
    now = time.time()
    with database.write(workspace) as session:
        waiting = update(RunRow).where(RunRow.id == run_id, RunRow.state == "queued", RunRow.deleted.is_(None))
        if change(session, waiting.values(state=states.WISHES[what], finished=now, phase="")):
            return
        if move(session, run_id, "stopping", wish=what, wish_at=now):
            return
    state = row(workspace, run_id).state
    raise WrongState(f"Run '{run_id}' is {state}; only a run that is queued, starting or running can {what}.")


def requeue(workspace: Workspace, run_id: str) -> None:
    """Puts a run that ended early back into the queue. Raises WrongState."""
    fresh: dict[str, Any] = {"queued": time.time(), "finished": None, "eta": None, "error": "", "error_kind": "", "wish": "", "wish_at": None,
             "phase": "", "phase_done": 0, "phase_total": 0}  # fmt: skip
    with database.write(workspace) as session:
        if move(session, run_id, "queued", **fresh):
            return
    state = row(workspace, run_id).state
    raise WrongState(f"Run '{run_id}' is {state}; only a run that is {_listed(states.RESUMABLE)} can be resumed.")


def set_deleted(workspace: Workspace, run_id: str, deleted: bool) -> None:
    """Hides a run, or brings it back. Raises WrongState for a live run, NotFound for one that is not there."""
    checked_id(run_id)
    with database.write(workspace) as session:
        statement = update(RunRow).where(RunRow.id == run_id)
        if deleted:
            statement = statement.where(RunRow.state.not_in(states.LIVE))
        if change(session, statement.values(deleted=time.time() if deleted else None)):
            return
    state = row(workspace, run_id).state
    raise WrongState(f"Run '{run_id}' is {state}; stop it first, then delete it.")


def label(workspace: Workspace, run_id: str, **values: object) -> None:
    """Sets tags, note or pinned. Raises NotFound."""
    row(workspace, run_id)
    with database.write(workspace) as session:
        session.execute(update(RunRow).where(RunRow.id == run_id).values(**values))


def metrics(workspace: Workspace, run_id: str, names: Sequence[str], after: int) -> tuple[list[MetricRow], int]:
    """Points newer than the cursor `after`, oldest first, and the new cursor."""
    row(workspace, run_id)
    query = select(StoredMetric.id, StoredMetric.step, StoredMetric.name, StoredMetric.value, StoredMetric.seconds)
    query = query.where(StoredMetric.run_id == run_id, StoredMetric.id > after).order_by(StoredMetric.id)
    if names:
        query = query.where(StoredMetric.name.in_(names))
    with database.read(workspace) as session:
        found = session.execute(query).all()
    return [MetricRow(step, name, number(value), seconds) for _, step, name, value, seconds in found], found[-1][
        0
    ] if found else after


def speeds(workspace: Workspace, count: int) -> list[tuple[RunRow, float]]:
    """The newest `count` runs that have measured their speed, each with its inner loops per second: the median of late, since
    a value that holds an evaluation says nothing about the loops."""
    measured = (StoredMetric.name == "speed") & (StoredMetric.value > 0)
    with database.read(workspace) as session:
        some = select(StoredMetric.id).where(StoredMetric.run_id == RunRow.id, measured).exists()
        found = session.scalars(select(RunRow).where(some).order_by(RunRow.created.desc()).limit(count)).all()
        values = select(StoredMetric.value).where(measured).order_by(StoredMetric.id.desc()).limit(RECENT)
        late = [session.scalars(values.where(StoredMetric.run_id == row.id)).all() for row in found]
    return [
        (row, statistics.median(number(value) for value in recent)) for row, recent in zip(found, late, strict=True)
    ]


def _listed(names: Collection[str]) -> str:
    *most, last = sorted(names)
    return f"{', '.join(most)} or {last}"

"""Curves small enough for a row of a list, for a whole page of runs in one query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, Subquery, literal, select, true, union, union_all

from engine.store import database
from engine.store.tables import MetricRow, RunRow
from engine.store.workspace import Workspace

POINTS = 24  # of one curve
SCORE, LOSS = "accuracy", "loss.gradient"


class Spark(NamedTuple):
    """A curve's name, "accuracy" (percent) or "loss.gradient", and at most `POINTS` of its values, oldest first."""

    curve: str
    values: tuple[float, ...]


def sparks(workspace: Workspace, run_ids: Sequence[str]) -> dict[str, Spark]:
    """Run -> its accuracy; its gradient loss while there are fewer than two accuracies. A run without either has no entry.

    A long run has a loss for each of 100,000 inner loops: of those only one per stretch is looked up, by the index. Accuracies
    are few, since each takes a training to measure.
    """
    if not run_ids:
        return {}
    with database.read(workspace) as session:
        found: Sequence[Any] = session.execute(_query(list(dict.fromkeys(run_ids)))).all()
    curves: dict[tuple[str, str], list[float]] = {}
    for run_id, name, value in found:
        curves.setdefault((run_id, name), []).append(value)
    return {run_id: spark for run_id in run_ids if (spark := _best(curves, run_id)).values}


def thinned(curve: Sequence[float]) -> tuple[float, ...]:
    """At most `POINTS` of its values, evenly spread, the first and the last among them."""
    if len(curve) <= POINTS:
        return tuple(curve)
    return tuple(curve[round(i * (len(curve) - 1) / (POINTS - 1))] for i in range(POINTS))


def _best(curves: Mapping[tuple[str, str], Sequence[float]], run_id: str) -> Spark:
    scores, losses = (Spark(name, thinned(curves.get((run_id, name), ()))) for name in (SCORE, LOSS))
    return scores if len(scores.values) > 1 or not losses.values else losses


def _query(ids: Sequence[str]) -> Select[tuple[str, str, float]]:
    """Rows of (run, curve, value), oldest first."""
    runs, stretches = _bounds(ids), union_all(*(select(literal(k).label("k")) for k in range(POINTS - 1))).subquery()
    start, end = (runs.c.first + runs.c.count * (stretches.c.k + more) // (POINTS - 1) for more in (0, 1))
    losses = (
        select(MetricRow.id)
        .where(MetricRow.run_id == runs.c.id, MetricRow.name == LOSS, MetricRow.value.is_not(None))
        .limit(1)
    )
    of_each = losses.where(MetricRow.id >= start, MetricRow.id < end).order_by(MetricRow.id).correlate(runs, stretches)
    last = losses.order_by(MetricRow.id.desc()).correlate(runs)
    points = select(MetricRow.id, MetricRow.run_id, MetricRow.name, MetricRow.value)
    found = union(
        points.where(MetricRow.run_id.in_(ids), MetricRow.name == SCORE, MetricRow.value.is_not(None)),
        points.where(MetricRow.id.in_(select(of_each.scalar_subquery()).join_from(runs, stretches, true()))),
        points.where(MetricRow.id.in_(select(last.scalar_subquery()).select_from(runs))),
    ).subquery()  # fmt: skip
    return select(found.c.run_id, found.c.name, found.c.value).order_by(found.c.id)


def _bounds(ids: Sequence[str]) -> Subquery:
    """Per run: the id of its first point, and how far its last is from there. Look-ups in the index, no scan."""
    mine = select(MetricRow.id).where(MetricRow.run_id == RunRow.id).limit(1)
    first, last = (mine.order_by(order).scalar_subquery() for order in (MetricRow.id.asc(), MetricRow.id.desc()))
    return (
        select(RunRow.id, first.label("first"), (last - first + 1).label("count")).where(RunRow.id.in_(ids)).subquery()
    )

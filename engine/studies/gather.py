"""Reads what a study's runs have recorded. Long curves are thinned by the database, so that a figure of runs with a hundred
thousand inner loops is read as fast as one of small ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import func, select

from engine.metrics.catalog import METRICS
from engine.store.database import read
from engine.store.records import Run
from engine.store.tables import MetricRow
from engine.store.workspace import Workspace
from engine.studies.record import Member
from engine.studies.study import Gathered, Point

POINTS = 240  # of one curve at most; beyond that, the last of each few neighbours: means would hide how they scatter
LOOPS = 2000  # inner loops, in whole outer iterations, that the cost of one is the mean of
ALWAYS = ("accuracy", "accuracy.std")
PARTS = ("cluster", "match", "network", "warmup", "rest")


def gather(
    workspace: Workspace, pairs: Sequence[tuple[Member, Run]], quantities: Sequence[str]
) -> tuple[Gathered, ...]:
    """What the runs have recorded so far of these quantities, in the order of the members."""
    names = {*ALWAYS, *quantities} & set(METRICS)
    return tuple(_gathered(workspace, *pair, names) for pair in pairs)


def _gathered(workspace: Workspace, member: Member, run: Run, names: set[str]) -> Gathered:
    curves, parts = _curves(workspace, run, names), _parts(workspace, run)
    return Gathered(member.cell, member.seed, run.state == "finished", run.config, run.results, curves, parts)


def _curves(workspace: Workspace, run: Run, names: set[str]) -> Mapping[str, list[Point]]:
    width = -(-run.total // POINTS) or 1
    bins = (MetricRow.step + (width - 1)) // width  # the start by itself, then every `width` inner loops together
    wanted = (MetricRow.run_id == run.id, MetricRow.name.in_(names), MetricRow.value.is_not(None))
    last = select(func.max(MetricRow.id)).where(*wanted).group_by(MetricRow.name, bins)  # ids grow as a run goes on
    query = (
        select(MetricRow.name, MetricRow.step, MetricRow.value)
        .where(MetricRow.id.in_(last))
        .order_by(MetricRow.name, MetricRow.step)
    )
    found: dict[str, list[Point]] = {}
    with read(workspace) as session:
        for name, step, value in session.execute(query):
            found.setdefault(name, []).append(Point(float(step), float(value or 0.0)))
    return found


def _parts(workspace: Workspace, run: Run) -> Mapping[str, float]:
    """Mean seconds per inner loop of each part, over whole outer iterations, so that each warm-up counts with the loops it was
    for. The first also holds what came before the loops: it counts only while there is no other."""
    names, inner = ("speed", *(f"share.{part}" for part in PARTS)), run.config.inner
    query = (
        select(MetricRow.step, MetricRow.name, MetricRow.value)
        .where(
            MetricRow.run_id == run.id, MetricRow.name.in_(names), MetricRow.step <= inner * (1 + -(-LOOPS // inner))
        )
        .order_by(MetricRow.step)
    )
    found: dict[int, dict[str, float]] = {}
    with read(workspace) as session:
        for step, name, value in session.execute(query):
            found.setdefault(step, {})[name] = value or 0.0
    laps = _laps({step: lap for step, lap in found.items() if len(lap) == len(names) and lap["speed"] > 0})
    later = [lap for lap in laps if lap.end > inner]
    return _mean_parts(later or laps)


class _Lap(NamedTuple):
    """`loops` inner loops up to step `end`, and the seconds that each part took in them."""

    end: int
    loops: int
    seconds: Mapping[str, float]


def _laps(found: Mapping[int, Mapping[str, float]]) -> list[_Lap]:
    laps, before = [], 0
    for end, values in found.items():
        whole = (end - before) / values["speed"]
        laps.append(_Lap(end, end - before, {part: values[f"share.{part}"] / 100 * whole for part in PARTS}))
        before = end
    return laps


def _mean_parts(laps: Sequence[_Lap]) -> Mapping[str, float]:
    loops = sum(lap.loops for lap in laps)
    return {part: sum(lap.seconds[part] for lap in laps) / loops for part in PARTS} if loops else {}

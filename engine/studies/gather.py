"""Reads what a study's runs have recorded. Long curves are thinned by the database, so that a figure of runs with a hundred
thousand inner loops is read as fast as one of small ones."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from sqlalchemy import func, select

from engine.metrics.catalog import METRICS
from engine.store.database import read
from engine.store.records import Run
from engine.store.tables import MetricRow
from engine.store.workspace import Workspace
from engine.studies.record import Member
from engine.studies.study import Gathered, Point

POINTS = 240  # of one curve at most; neighbours beyond that are taken together
LAPS = 200  # readings of the clock, one per interval, that the cost of an inner loop is the mean of
ALWAYS = ("accuracy", "accuracy.std")
PARTS = ("cluster", "match", "network", "rest")


def gather(
    workspace: Workspace, pairs: Sequence[tuple[Member, Run]], quantities: Sequence[str]
) -> tuple[Gathered, ...]:
    """What the runs have recorded so far of these quantities, in the order of the members."""
    names = {*ALWAYS, *quantities} & set(METRICS)
    return tuple(
        Gathered(
            member.cell, member.seed, run.config, run.results, _curves(workspace, run, names), _parts(workspace, run)
        )
        for member, run in pairs
    )


def _curves(workspace: Workspace, run: Run, names: set[str]) -> Mapping[str, list[Point]]:
    width = -(-run.total // POINTS) or 1
    bins = (MetricRow.step + (width - 1)) // width  # the start by itself, then every `width` inner loops together
    query = (
        select(MetricRow.name, func.avg(MetricRow.step), func.avg(MetricRow.value))
        .where(MetricRow.run_id == run.id, MetricRow.name.in_(names), MetricRow.value.is_not(None))
        .group_by(MetricRow.name, bins)
        .order_by(MetricRow.name, bins)
    )
    found: dict[str, list[Point]] = {}
    with read(workspace) as session:
        for name, step, value in session.execute(query):
            found.setdefault(name, []).append(Point(float(step), float(value)))
    return found


def _parts(workspace: Workspace, run: Run) -> Mapping[str, float]:
    """Mean seconds per inner loop of each part. The first lap also holds what came before the loops: it counts only while
    there is no other."""
    names = ("speed", *(f"share.{part}" for part in PARTS))
    query = (
        select(MetricRow.step, MetricRow.name, MetricRow.value)
        .where(MetricRow.run_id == run.id, MetricRow.name.in_(names), MetricRow.step <= LAPS * run.config.interval)
        .order_by(MetricRow.step)
    )
    laps: dict[int, dict[str, float]] = {}
    with read(workspace) as session:
        for step, name, value in session.execute(query):
            laps.setdefault(step, {})[name] = value or 0.0
    whole = [lap for lap in laps.values() if len(lap) == len(names) and lap["speed"] > 0]
    return _mean_parts(whole[1:] or whole) if whole else {}


def _mean_parts(laps: Sequence[Mapping[str, float]]) -> Mapping[str, float]:
    return {part: statistics.fmean(lap[f"share.{part}"] / 100 / lap["speed"] for lap in laps) for part in PARTS}

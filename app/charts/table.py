"""What a figure is drawn from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.palette import Mark
from engine.api import MetricRow
from engine.config import RunConfig

MOST_POINTS = 1500


class Points(NamedTuple):
    """One curve: the value after so many inner loops, and the run's work time then, where that is known. Equal lengths, steps
    ascending."""

    steps: Sequence[int]
    values: Sequence[float]
    seconds: Sequence[float] = ()


Table = Mapping[str, Points]
"""Curves by the names of `engine.metrics.catalog.METRICS`; a curve without points may be missing."""

NOTHING = Points((), ())

Values = dict[str, dict[int, tuple[float, float]]]
"""Curve -> step -> value and seconds."""


def gather(rows: Iterable[MetricRow], into: Values) -> Values:
    """`into` with recorded points added, oldest first: a resumed run writes some steps again, and the later value counts."""
    for row in rows:
        into.setdefault(row.name, {})[row.step] = row.value, row.seconds
    return into


def as_table(values: Values) -> Table:
    """The curves with their steps ascending."""
    return {name: _curve(points) for name, points in values.items()}


def table_of(rows: Iterable[MetricRow]) -> Table:
    """What `api.metrics` gives, as curves to draw."""
    return as_table(gather(rows, {}))


def _curve(points: Mapping[int, tuple[float, float]]) -> Points:
    steps = sorted(points)
    return Points(steps, [points[step][0] for step in steps], [points[step][1] for step in steps])


class Reference(NamedTuple):
    """A level to compare a curve with, in the curve's unit."""

    label: str
    value: float
    mark: Mark


@dataclass(frozen=True)
class Scene:
    """What a figure needs to know besides the points: the run's settings, levels to compare with, the step whose images
    are on show (None = the newest, which is not marked), whether losses are drawn on a logarithmic axis, one of `axes.AXES`,
    one of `frame.SMOOTH`, the run's id for the cursor ("" = there is none), and its number of classes (0 = unknown)."""

    config: RunConfig
    references: tuple[Reference, ...] = ()
    step: int | None = None
    log: bool = False
    axis: str = "Inner loops"
    smooth: str = "Light"
    run: str = ""
    classes: int = 0


def sentence(text: str) -> str:
    """With a capital first: a name as a legend has it, where it stands by itself."""
    return text[:1].upper() + text[1:]


def thin(points: Points, most: int = MOST_POINTS) -> Points:
    """At most `most` + 1 points: every 2^k-th and the last one. The kept ones stay the same while a curve grows, until
    the stride doubles, so nothing shuffles on the screen."""
    stride = 1
    while len(points.steps) > most * stride:
        stride *= 2
    if stride == 1:
        return points
    keep = [*range(0, len(points.steps), stride)]
    if keep[-1] != len(points.steps) - 1:
        keep.append(len(points.steps) - 1)
    return Points(*([column[i] for i in keep] if len(column) else [] for column in points))

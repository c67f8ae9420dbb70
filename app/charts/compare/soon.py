"""How soon a curve reaches a level, for runs and for means over seeds."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from app.charts.compare.series import Series, joined
from engine import api


class Soon(NamedTuple):
    """Where the mean over the curves first is at the target or above, linear between its points; NaN = never, or not known.
    `seconds`: of work, as the runs recorded it. `last`: the newest value of the mean, NaN without any."""

    loops: float
    outer: float
    seconds: float
    last: float

    @property
    def never(self) -> bool:
        return math.isnan(self.loops)


def soon(series: Series, target: float) -> Soon:
    """Of one series, whose curves are accuracies in percent."""
    curve = joined(furthest(series).curves)
    points = [api.Point(float(step), float(value)) for step, value in zip(curve.steps, curve.mean, strict=True)]
    loops = api.reached(points, target)
    seconds = math.nan if math.isnan(loops) else float(np.interp(loops, curve.steps, curve.seconds))
    return Soon(loops, loops / series.config.inner, seconds, points[-1].value if points else math.nan)


def furthest(series: Series) -> Series:
    """With the curves alone that got as far as any: one that ended sooner would make the mean jump where it ends."""
    ends = [points.steps[-1] if points.steps else -1 for points in series.curves]
    return series._replace(curves=tuple(c for c, end in zip(series.curves, ends, strict=True) if end == max(ends)))

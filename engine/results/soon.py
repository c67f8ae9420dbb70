"""How soon a method is as good as another one ends: outer iterations until its accuracy curve reaches a level."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import NamedTuple

from engine.results.entry import Entry
from engine.studies.rows import reached
from engine.studies.study import Point


class Reach(NamedTuple):
    """`target`: accuracy in percent. `iterations`: outer iterations, mean over the sets whose curve reaches it; None where none
    does. `reached` of `sets` did."""

    target: float
    iterations: float | None
    reached: int
    sets: int

    @property
    def words(self) -> str:
        """'2.5 outer iterations', 'not reached', or how many sets reached it."""
        if self.iterations is None:
            return "not reached"
        some = (
            "" if self.reached == self.sets else f" ({self.reached} of {self.sets} sets, the others did not reach it)"
        )
        return f"{self.iterations:.3g} outer iterations{some}"


def iterations_to(entries: Sequence[Entry], target: float) -> Reach | None:
    """First outer iteration at which each run's "accuracy", linear between its measurements, is `target` percent or more. None
    where no run has measured its accuracy along the way."""
    curves = [
        ([Point(float(point.step), point.value) for point in points], entry.config.inner)
        for entry in entries
        if (points := entry.curves.get("accuracy", ()))
    ]
    steps = [reached(curve, target) / inner for curve, inner in curves]
    met = [step for step in steps if step == step]  # not a number: never
    return Reach(target, statistics.fmean(met) if met else None, len(met), len(steps)) if steps else None

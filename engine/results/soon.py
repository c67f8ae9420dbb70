"""How soon a method is as good as another one ends: outer iterations until its accuracy curve reaches a level."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from engine.results.entry import Entry
from engine.studies.rows import mean_curve, reached, tells
from engine.studies.study import Point


class Reach(NamedTuple):
    """`target`: accuracy in percent. `iterations`: outer iterations until the mean curve over `sets` sets is there; None where it
    never is, or where nobody can tell: not `known`, because the curve was measured at its start and end alone and does not begin
    there."""

    target: float
    iterations: float | None
    sets: int
    known: bool = True

    @property
    def words(self) -> str:
        """'2.5 outer iterations', 'not reached', or why nothing can be said."""
        if not self.known:
            return "not measured between start and end"
        return "not reached" if self.iterations is None else f"{self.iterations:.3g} outer iterations"


def iterations_to(entries: Sequence[Entry], target: float) -> Reach | None:
    """First outer iteration at which the mean "accuracy" over the runs, linear between its measurements, is `target` percent or
    more; the runs differ by seed alone. None where no run has an accuracy curve. A curve of two points says nothing of what lies
    between: a line from the start to the end of a run would be our guess, not a measurement.

    The mean over the runs comes first, as in the studies (engine/studies/rows.py): to average over those runs alone that reach
    the level would call a method faster the fewer of its sets get there.
    """
    measured = [entry for entry in entries if entry.curves.get("accuracy")]
    if not measured:
        return None
    curves = [[Point(point.step, point.value) for point in entry.curves["accuracy"]] for entry in measured]
    mean = mean_curve(curves)
    step = reached(mean, target)
    if not tells(mean, step):
        return Reach(target, None, len(measured), known=False)
    return Reach(target, None if math.isnan(step) else step / measured[0].config.inner, len(measured))

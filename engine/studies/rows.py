"""From what the runs of a study have recorded to the rows of its figure. Pure functions; runs that have nothing yet are left out.

A worker overwrites its score at every evaluation on the way, so that scores and seconds count only once their run has finished.
Curves say at which step each value was measured: those of runs under way are shown, where no run of their cell has finished."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import pairwise
from typing import TypeVar

from engine.events import SEEN, Pooled, pooled
from engine.studies.study import Gathered, Point, Row

K = TypeVar("K")
V = TypeVar("V")
X = float | str
Place = Callable[[Gathered], tuple[str, X]]
"""A run's series and its place on the x-axis."""
TINY = 1e-9  # percent points: the same accuracies, summed in another order


def nothing(_found: Sequence[Gathered]) -> list[Row]:
    """Of studies whose page reads images or points itself."""
    return []


def accuracies(found: Sequence[Gathered], place: Place, what: str = "distilled") -> list[Row]:
    """The score `what` of the first architecture, pooled over the networks of all finished runs with the same place."""
    groups = _grouped((place(one), one.results[what][0]) for one in _final(found) if one.results.get(what))
    return [_pooled(series, x, pooled(scores)) for (series, x), scores in groups.items()]


def by_architecture(found: Sequence[Gathered]) -> list[Row]:
    """Accuracy of the synthetic images: series = cell, x = the architecture that was tested."""
    groups = _grouped(
        ((one.cell, score.network), score) for one in _final(found) for score in one.results.get("distilled", ())
    )
    return [_pooled(series, x, pooled(scores)) for (series, x), scores in groups.items()]


def curves(found: Sequence[Gathered], quantities: Iterable[str]) -> list[Row]:
    """Series = cell, x = outer iterations, ascending; means over the runs of a cell that count, at the steps that all have."""
    return [row for name in quantities for row in _curves(found, name)]


def _curves(found: Sequence[Gathered], name: str) -> list[Row]:
    row = _accuracy_at if name == "accuracy" else partial(_value_at, name)
    return [
        row(cell, some, step, values)
        for cell, some in _counting(one for one in found if one.curves.get(name)).items()
        for step, values in _shared([one.curves[name] for one in some])
    ]


def _value_at(name: str, series: str, some: Sequence[Gathered], step: float, values: Sequence[float]) -> Row:
    return _mean(series, step / some[0].config.inner, name, values)


def _accuracy_at(series: str, some: Sequence[Gathered], step: float, values: Sequence[float]) -> Row:
    """Mean and standard deviation over all networks of all seeds, from each seed's own: the mean of the variances and the
    variance of the means add up, because every seed trains as many networks."""
    inner = [_at(one.curves.get("accuracy.std", ()), step) for one in some]
    spread = math.sqrt(statistics.fmean(std**2 for std in inner) + statistics.pvariance(values))
    networks = sum(one.config.eval_repeats for one in some)
    x = step / some[0].config.inner
    return Row(series, x, "accuracy", statistics.fmean(values), _known(spread, networks), networks, False)


def seen(found: Sequence[Gathered]) -> list[Row]:
    """Class-incremental runs: the score of the first architecture over the number of classes seen, pooled over the networks of
    the runs of a cell that count, where all of these have it."""
    return [
        _pooled(cell, float(what.removeprefix(SEEN)), pooled([one.results[what][0] for one in some]), "accuracy.seen")
        for cell, some in _counting(one for one in found if _memories(one)).items()
        for what in _memories(some[0])
        if all(what in one.results for one in some)
    ]


def _memories(one: Gathered) -> list[str]:
    """Names of its scores over the classes seen, from few classes to all."""
    return sorted(
        (what for what in one.results if what.startswith(SEEN)), key=lambda what: int(what.removeprefix(SEEN))
    )


# ---- how soon


def reached(curve: Sequence[Point], target: float) -> float:
    """The step at which the curve, linear between its points, is first at `target` or above; NaN when it never is."""
    if curve and curve[0].value >= target - TINY:
        return curve[0].step
    for before, after in pairwise(curve):
        if after.value >= target - TINY:
            share = (target - before.value) / (after.value - before.value)
            return before.step + min(share, 1.0) * (after.step - before.step)
    return math.nan


def tells(curve: Sequence[Point], step: float) -> bool:
    """Whether the curve says that it meets a level at `step`, or never (NaN). One that was measured at its start and end alone does so
    only there: a line across a whole run would be our guess."""
    return len(curve) > 2 or any(point.step == step for point in curve)


def to_host(found: Sequence[Gathered], host_of: Callable[[str], str], place: Place) -> list[Row]:
    """ "iterations", "speed-up" and "seconds" until a cell's accuracy is what that of the cell `host_of(cell)` is in the end.

    Curves are means over the seeds whose runs have finished: a host's own seeds scatter about its mean, so single ones of them
    may never reach it. There is no speed-up where a cell begins at the host's accuracy, and nothing where its curve does not tell."""
    cells = _grouped((one.cell, one) for one in _final(found) if one.curves.get("accuracy"))
    means = {cell: mean_curve([one.curves["accuracy"] for one in some]) for cell, some in cells.items()}
    rows = []
    for cell, some in cells.items():
        host = means.get(host_of(cell))
        if not host:
            continue
        inner, series_x = some[0].config.inner, place(some[0])
        step = reached(means[cell], host[-1].value)
        if not tells(means[cell], step):
            continue
        own, hosts = step / inner, reached(host, host[-1].value) / cells[host_of(cell)][0].config.inner
        values = {"iterations": own, "seconds": own * _iteration(some)} | ({"speed-up": hosts / own} if own else {})
        rows += [Row(*series_x, name, value, math.nan, len(some), False) for name, value in values.items()]
    return rows


def mean_curve(curves: Sequence[Sequence[Point]]) -> list[Point]:
    """Mean over runs of the same settings (at least one), steps ascending: at the steps that every one of them has measured. A mean
    over some of them is another curve's."""
    return [Point(step, statistics.fmean(values)) for step, values in _shared(curves)]


# ---- what it costs


def seconds(found: Sequence[Gathered], place: Place) -> list[Row]:
    """Seconds of the whole distillation, of finished runs."""
    groups = _grouped((place(one), one.config.outer * _iteration([one])) for one in _final(found) if one.parts)
    return [_mean(series, x, "seconds", values) for (series, x), values in groups.items()]


def costs(found: Sequence[Gathered], titles: dict[str, str]) -> list[Row]:
    """Seconds per inner loop of finished runs: series = title of the part, x = cell."""
    groups = _grouped(
        ((title, one.cell), one.parts[part]) for part, title in titles.items() for one in _final(found) if one.parts
    )
    return [_mean(series, x, "seconds", values) for (series, x), values in groups.items()]


def _iteration(some: Sequence[Gathered]) -> float:
    """Seconds of one outer iteration without measurements, mean over runs; NaN where none has measured its parts."""
    found = [one.config.inner * (sum(one.parts.values()) - one.parts["rest"]) for one in some if one.parts]
    return statistics.fmean(found) if found else math.nan


# ---- pieces


def _final(found: Iterable[Gathered]) -> list[Gathered]:
    return [one for one in found if one.finished]


def _counting(found: Iterable[Gathered]) -> dict[str, list[Gathered]]:
    """Cell -> the runs that its curve is the mean of: those that have finished, and as long as there is none those under way."""
    return {cell: _final(some) or some for cell, some in _grouped((one.cell, one) for one in found).items()}


def _shared(curves: Sequence[Sequence[Point]]) -> list[tuple[float, list[float]]]:
    """(step, the value of each curve), steps ascending: where every one of at least one curve was measured."""
    known = [{point.step: point.value for point in curve} for curve in curves]
    steps = set(known[0]).intersection(*known[1:])
    return [(step, [curve[step] for curve in known]) for step in sorted(steps)]


def _pooled(series: str, x: X, score: Pooled, quantity: str = "accuracy") -> Row:
    return Row(series, x, quantity, score.mean, _known(score.std, score.n_networks), score.n_networks, False)


def _mean(series: str, x: X, quantity: str, values: Sequence[float]) -> Row:
    std = _known(statistics.pstdev(values), len(values))
    return Row(series, x, quantity, statistics.fmean(values), std, len(values), False)


def _known(std: float, n: int) -> float:
    """One value has no spread: NaN, lest it look certain."""
    return std if n > 1 else math.nan


def _at(curve: Sequence[Point], step: float) -> float:
    """The curve's value at exactly that step, 0 where it has none."""
    return next((point.value for point in curve if point.step == step), 0.0)


def _grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    """Values by key, both in the order they came."""
    groups: dict[K, list[V]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups

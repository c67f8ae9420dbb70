"""From what the runs of a study have recorded to the rows of its figure. Pure functions; runs that have nothing yet are left
out."""

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
    """The score `what` of the first architecture, pooled over the networks of all runs with the same place."""
    groups = _grouped((place(one), one.results[what][0]) for one in found if one.results.get(what))
    return [_pooled(series, x, pooled(scores)) for (series, x), scores in groups.items()]


def by_architecture(found: Sequence[Gathered]) -> list[Row]:
    """Accuracy of the synthetic images: series = cell, x = the architecture that was tested."""
    groups = _grouped(((one.cell, score.network), score) for one in found for score in one.results.get("distilled", ()))
    return [_pooled(series, x, pooled(scores)) for (series, x), scores in groups.items()]


def curves(found: Sequence[Gathered], quantities: Iterable[str]) -> list[Row]:
    """Series = cell, x = outer iterations, ascending."""
    return [row for name in quantities for row in _curves(found, name)]


def _curves(found: Sequence[Gathered], name: str) -> list[Row]:
    order = {cell: number for number, cell in enumerate(dict.fromkeys(one.cell for one in found))}
    groups = _grouped(
        ((order[one.cell], point.step / one.config.inner, one.cell), (one, point))
        for one in found
        for point in one.curves.get(name, ())
    )
    row = _accuracy_at if name == "accuracy" else partial(_value_at, name)
    return [row(cell, x, some) for (_, x, cell), some in sorted(groups.items(), key=lambda item: item[0])]


def _value_at(name: str, series: str, x: X, some: Sequence[tuple[Gathered, Point]]) -> Row:
    return _mean(series, x, name, [point.value for _, point in some])


def _accuracy_at(series: str, x: X, some: Sequence[tuple[Gathered, Point]]) -> Row:
    """Mean and standard deviation over all networks of all seeds, from each seed's own: the mean of the variances and the
    variance of the means add up, because every seed trains as many networks."""
    values = [point.value for _, point in some]
    inner = [_at(one.curves.get("accuracy.std", ()), point.step) for one, point in some]
    spread = math.sqrt(statistics.fmean(std**2 for std in inner) + statistics.pvariance(values))
    networks = sum(one.config.eval_repeats for one, _ in some)
    return Row(series, x, "accuracy", statistics.fmean(values), _known(spread, networks), networks, False)


def seen(found: Sequence[Gathered]) -> list[Row]:
    """Class-incremental runs: the score of the first architecture over the number of classes seen, pooled over the networks of
    all runs of a cell."""
    groups = _grouped(
        ((one.cell, float(what.removeprefix(SEEN))), scores[0])
        for one in found
        for what, scores in one.results.items()
        if what.startswith(SEEN)
    )
    return [_pooled(series, x, pooled(scores), "accuracy.seen") for (series, x), scores in groups.items()]


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


def to_host(found: Sequence[Gathered], host_of: Callable[[str], str], place: Place) -> list[Row]:
    """ "iterations", "speed-up" and "seconds" until a cell's accuracy is what that of the cell `host_of(cell)` is in the end.

    Curves are means over the seeds whose runs have come to their end: a host's own seeds scatter about its mean, so single
    ones of them may never reach it. There is no speed-up where a cell begins at the host's accuracy."""
    cells = _grouped((one.cell, one) for one in found if _ended(one))
    means = {cell: mean_curve([one.curves["accuracy"] for one in some]) for cell, some in cells.items()}
    rows = []
    for cell, some in cells.items():
        host = means.get(host_of(cell))
        if not host:
            continue
        inner, series_x = some[0].config.inner, place(some[0])
        own = reached(means[cell], host[-1].value) / inner
        hosts = reached(host, host[-1].value) / cells[host_of(cell)][0].config.inner
        values = {"iterations": own, "seconds": own * _iteration(some)} | ({"speed-up": hosts / own} if own else {})
        rows += [Row(*series_x, name, value, math.nan, len(some), False) for name, value in values.items()]
    return rows


def _ended(one: Gathered) -> bool:
    curve = one.curves.get("accuracy", ())
    return bool(curve) and curve[-1].step >= one.config.total_steps


def mean_curve(curves: Sequence[Sequence[Point]]) -> list[Point]:
    """Mean over runs of the same settings (at least one), steps ascending: at the steps that every one of them has measured. A mean
    over some of them is another curve's."""
    known = [{point.step: point.value for point in curve} for curve in curves]
    steps = set(known[0]).intersection(*known[1:])
    return [Point(step, statistics.fmean(curve[step] for curve in known)) for step in sorted(steps)]


# ---- what it costs


def seconds(found: Sequence[Gathered], place: Place) -> list[Row]:
    """Seconds of the whole distillation."""
    groups = _grouped((place(one), one.config.outer * _iteration([one])) for one in found if one.parts)
    return [_mean(series, x, "seconds", values) for (series, x), values in groups.items()]


def costs(found: Sequence[Gathered], titles: dict[str, str]) -> list[Row]:
    """Seconds per inner loop: series = title of the part, x = cell."""
    groups = _grouped(
        ((title, one.cell), one.parts[part]) for part, title in titles.items() for one in found if one.parts
    )
    return [_mean(series, x, "seconds", values) for (series, x), values in groups.items()]


def _iteration(some: Sequence[Gathered]) -> float:
    """Seconds of one outer iteration without measurements, mean over runs; NaN where none has measured its parts."""
    found = [one.config.inner * (sum(one.parts.values()) - one.parts["rest"]) for one in some if one.parts]
    return statistics.fmean(found) if found else math.nan


# ---- pieces


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

"""What is compared: a run, or the runs that differ by their seed alone; how each is drawn, and how several become one curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from app import palette
from app.charts.table import Points
from engine.config import RunConfig

Floats = npt.NDArray[np.float64]
DASHES = ("solid", "dash", "dot", "longdash", "dashdot", "longdashdot")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star")


class Series(NamedTuple):
    """One line of a figure. `curves`: one of a single run, of a group of seeds as many as it has runs. `config`: of the first
    run; `classes`: of its data, 0 where that is not known."""

    label: str
    mark: palette.Mark
    curves: tuple[Points, ...]
    config: RunConfig
    classes: int = 0


class Joined(NamedTuple):
    """Mean and population standard deviation over the curves that reach a step, and their mean work time there (NaN where it is
    not known); all [n], steps ascending."""

    steps: npt.NDArray[np.int64]
    mean: Floats
    std: Floats
    seconds: Floats


def joined(curves: Sequence[Points]) -> Joined:
    """Over the union of all steps. Each curve is linear between its own points and has no say beyond its ends; values that are
    not numbers are left out."""
    known = [known for points in curves if len((known := _finite(points))[0])]
    if not known:
        return Joined(np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0))
    union = np.unique(np.concatenate([steps for steps, _, _ in known]))
    values = np.stack([_between(union, steps, column) for steps, column, _ in known])
    seconds = np.stack([_between(union, steps, column) for steps, _, column in known])
    timed = np.isfinite(values) == np.isfinite(seconds)  # a mean over some of the curves alone would not be their time
    mean_seconds = np.where(timed.all(0), np.nan_to_num(seconds).sum(0) / np.isfinite(values).sum(0), np.nan)
    return Joined(union, np.nanmean(values, 0), np.nanstd(values, 0), mean_seconds)


def marks(recipes: Mapping[str, str]) -> dict[str, palette.Mark]:
    """Key -> mark. The first of a recipe looks as the recipe always does; further ones have its ink with a dash and a symbol
    that no other of that recipe has."""
    seen: dict[str, int] = {}
    found = {}
    for key, recipe in recipes.items():
        number, own = seen.get(recipe, 0), palette.recipe(recipe)
        seen[recipe] = number + 1
        dashes = [own.dash, *(dash for dash in DASHES if dash != own.dash)]
        symbols = [own.symbol, *(symbol for symbol in SYMBOLS if symbol != own.symbol)]
        found[key] = own._replace(dash=dashes[number % len(dashes)], symbol=symbols[number % len(symbols)])
    return found


def _between(at: npt.NDArray[np.int64], steps: npt.NDArray[np.int64], values: Floats) -> Floats:
    """Linear between the points, NaN beyond their ends."""
    return np.asarray(np.interp(at, steps, values, left=np.nan, right=np.nan), float)


def _finite(points: Points) -> tuple[npt.NDArray[np.int64], Floats, Floats]:
    """Steps, values and seconds where the value is a number."""
    steps, values = np.asarray(points.steps, np.int64), np.asarray(points.values, float)
    seconds = np.asarray(points.seconds, float) if len(points.seconds) else np.full(len(steps), np.nan)
    keep = np.isfinite(values)
    return steps[keep], values[keep], seconds[keep]

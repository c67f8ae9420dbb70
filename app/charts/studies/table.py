"""What a study's figures are drawn from: its rows, which mark a series has, and what the axes are called."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from itertools import cycle
from typing import NamedTuple, Protocol, TypeVar

from app import palette
from app.charts.frame import axis_title
from engine.recipes import RECIPES

T = TypeVar("T")
PUBLISHED = "published"
HOLLOW = "rgba(0,0,0,0)"


class Row(Protocol):
    """One value: mean and standard deviation over n networks or seeds; std is NaN and n is 0 where not known."""

    @property
    def series(self) -> str: ...
    @property
    def x(self) -> float | str: ...
    @property
    def quantity(self) -> str: ...
    @property
    def value(self) -> float: ...
    @property
    def std(self) -> float: ...
    @property
    def n(self) -> int: ...
    @property
    def published(self) -> bool: ...


class Quantity(NamedTuple):
    """What a panel shows: the name in the rows, and the words for it."""

    name: str
    title: str
    unit: str = ""
    meaning: str = ""

    @property
    def axis(self) -> str:
        return axis_title(self.title, self.unit)


_TITLES = {recipe.title.lower(): name for name, recipe in RECIPES.items()} | {name: name for name in RECIPES}


def recipe_in(label: str) -> str:
    """The recipe that a label names or begins with ("DREAM+, 2 per cluster" -> "dream+"); "" when it names none."""
    text = label.lower()
    names = sorted(_TITLES, key=len, reverse=True)
    found = next((n for n in names if text == n or re.match(re.escape(n) + r"[\s,:·(]+(?!\+)", text)), "")
    return _TITLES.get(found, "")


def marks(series: Iterable[str]) -> dict[str, palette.Mark]:
    """A mark per series: that of its recipe or sampler, a variant of one with another dash and symbol, else the next spare."""
    spare, variants = cycle(palette.OTHERS), cycle(palette.OTHERS[1:])
    chosen: dict[str, palette.Mark] = {}
    taken: set[str] = set()
    for label in dict.fromkeys(series):
        recipe = recipe_in(label)
        if recipe and recipe not in taken:
            taken.add(recipe)
            chosen[label] = palette.recipe(recipe)
        elif recipe:
            other = next(variants)
            chosen[label] = palette.recipe(recipe)._replace(dash=other.dash, symbol=other.symbol)
        else:
            chosen[label] = _sampler(label) or next(spare)
    return chosen


def _sampler(label: str) -> palette.Mark | None:
    return next((mark for name, mark in palette.SAMPLERS.items() if re.search(rf"\b{name}\b", label.lower())), None)


def of(rows: Iterable[Row], quantity: str) -> list[Row]:
    """The rows of one quantity, in their order."""
    return [row for row in rows if row.quantity == quantity]


def grouped(rows: Iterable[Row]) -> dict[tuple[str, bool], list[Row]]:
    """Rows by (series, published), ours first."""
    groups: dict[tuple[str, bool], list[Row]] = {}
    for row in sorted(rows, key=lambda row: row.published):
        groups.setdefault((row.series, row.published), []).append(row)
    return groups


def legend(series: str, published: bool) -> str:
    return f"{series}, {PUBLISHED}" if published else series


def distinct(values: Iterable[T]) -> list[T]:
    return list(dict.fromkeys(values))


def spreads(rows: Sequence[Row]) -> list[float]:
    """Standard deviations, 0 where there is none."""
    return [row.std if math.isfinite(row.std) else 0.0 for row in rows]


def number(value: float) -> str:
    """'69.4', '0.0123', '1,200': as many digits as tell values apart."""
    if not math.isfinite(value):
        return "never" if math.isnan(value) else "–"
    if value == int(value) and abs(value) < 1e7:
        return f"{value:,.0f}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"


def with_spread(row: Row) -> str:
    """'69.4 ± 0.4'; the mean alone where there is no spread."""
    many = row.n != 1 and math.isfinite(row.std) and math.isfinite(row.value)
    return f"{number(row.value)} ± {row.std:.2g}" if many else number(row.value)


def counted(row: Row) -> str:
    """', n 3', or nothing where it is not known."""
    return f", n {row.n}" if row.n else ""

"""What a study's figures are drawn from: its rows, which mark a series has, and what the axes are called."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from itertools import cycle
from typing import NamedTuple, Protocol, TypeVar

from app import palette
from app.charts.frame import axis_title
from app.charts.table import sentence
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


class Value(NamedTuple):
    """A row that a figure was given, put in other words."""

    series: str
    x: float | str
    quantity: str
    value: float
    std: float
    n: int
    published: bool


def again(row: Row, series: str | None = None, x: float | str | None = None) -> Value:
    """The same value under another series or at another place."""
    series, x = row.series if series is None else series, row.x if x is None else x
    return Value(series, x, row.quantity, row.value, row.std, row.n, row.published)


_PARTS = {" + rm + init + bm": "dream+", " + rm + init": "dream"}  # what the components make of a host
_TITLES = {recipe.title.lower(): name for name, recipe in RECIPES.items()} | {name: name for name in RECIPES}
_TITLES |= {f"{host}{parts}": f"{host}-{name}" for host in ("dc", "dsa", "dm") for parts, name in _PARTS.items()}
_TITLES |= {f"idc{parts}": name for parts, name in _PARTS.items()}
_LONGEST_FIRST = sorted(_TITLES, key=len, reverse=True)


def recipe_in(label: str) -> str:
    """The recipe that a label names or begins with ("DREAM+, 2 per cluster" -> "dream+"); "" when it names none."""
    text = label.lower()
    found = (name for name in _LONGEST_FIRST if text == name or re.match(re.escape(name) + r"[\s,:·(]", text))
    return _TITLES.get(next(found, ""), "")


def marks(series: Iterable[str]) -> dict[str, palette.Mark]:
    """A mark per series: that of its recipe or sampler, for a variant of one its ink with another dash and symbol, else the
    next spare."""
    spare, variants = cycle(palette.OTHERS), cycle(palette.OTHERS[1:])
    chosen: dict[str, palette.Mark] = {}
    for label in dict.fromkeys(series):
        recipe = recipe_in(label)
        if recipe:
            own, plain = palette.recipe(recipe), label.lower() in _TITLES
            other = own if plain else next(variants)
            chosen[label] = own._replace(dash=other.dash, symbol=other.symbol)
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
    return f"{sentence(series)}, {PUBLISHED}" if published else sentence(series)


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
    if row.n == 1 or not math.isfinite(row.std) or not math.isfinite(row.value):
        return number(row.value)
    return f"{row.value:,.1f} ± {row.std:.1f}" if abs(row.value) >= 10 else f"{row.value:.3g} ± {row.std:.2g}"


def counted(row: Row) -> str:
    """', n 3', or nothing where it is not known."""
    return f", n {row.n}" if row.n else ""

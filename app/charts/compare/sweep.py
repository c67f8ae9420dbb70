"""Settings against results over many runs: parallel coordinates and a scatter."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import plotly.graph_objects as go

from app import palette
from app.charts.frame import frame
from app.charts.studies.table import distinct, number
from engine.recipes import RECIPES

MOST_TICKS, EVEN_TICKS = 8, 5  # values of an axis that each get a tick; ticks of an axis with more
LEAST_GAP = 0.08  # of an axis between two ticks
LONGEST = 14  # letters of a word at a tick
LOG_FROM = 30.0  # largest / smallest value: from here on an axis is logarithmic by itself
NEVER = "never"
HEIGHT = 360


class Column(NamedTuple):
    """A setting or a result: its name, the words for an axis, and a value per run: numbers, or words. NaN = never, or unknown."""

    name: str
    title: str
    values: tuple[float | str, ...]

    @property
    def numeric(self) -> bool:
        return not any(isinstance(value, str) for value in self.values)

    @property
    def known(self) -> list[float]:
        """The numbers that there are, ascending, each once."""
        return sorted({value for value in self.numbers if math.isfinite(value)})

    @property
    def numbers(self) -> list[float]:
        """NaN for words."""
        return [math.nan if isinstance(value, str) else float(value) for value in self.values]


def parallel(columns: Sequence[Column], colour: Column) -> go.Figure:
    """A vertical axis per column, a line per run, coloured by the numbers of `colour`, which are all known."""
    figure = frame("", "")
    figure.add_trace(
        go.Parcoords(
            dimensions=[_dimension(column) for column in columns],
            line={
                "color": colour.numbers, "colorscale": list(zip((0, 1), palette.SCALE, strict=True)), "showscale": True,
                "colorbar": {"title": {"text": colour.title, "side": "right"}, "thickness": 12, "outlinewidth": 0},
            },
            labelangle=-24,
            labelfont={"size": 12},
            tickfont={"size": 12},
        )
    )  # fmt: skip
    figure.update_layout(margin={"l": 64, "r": 24, "t": 104, "b": 24}, showlegend=False)
    return figure


def scatter(x: Column, y: Column, recipes: Sequence[str], names: Sequence[str], log: tuple[bool, bool]) -> go.Figure:
    """A mark per run, with its place among them as `customdata`. `log`: of x and of y; an axis of words, or with values that are not
    above zero, stays as it is."""
    figure = frame(x.title, y.title)
    for recipe in distinct(recipes):
        mine = [i for i, one in enumerate(recipes) if one == recipe]
        mark = palette.recipe(recipe)
        figure.add_trace(
            go.Scatter(
                x=[x.values[i] for i in mine],
                y=[y.values[i] for i in mine],
                mode="markers",
                name=RECIPES[recipe].title,
                marker={"color": mark.ink.light, "symbol": mark.symbol, "size": 10, "line": {"width": 1, "color": palette.RULE.light}},
                customdata=mine,
                text=[html.escape(names[i], quote=False) for i in mine],
                hovertemplate="%{text}<br>%{x}, %{y}<extra></extra>",
            )
        )  # fmt: skip
    figure.update_xaxes(_place(x, log[0]) | {"showgrid": True})
    figure.update_yaxes(_place(y, log[1]))
    figure.update_layout(hovermode="closest", clickmode="event+select")
    return figure


def alike(x: Column, y: Column, places: Iterable[int]) -> list[int]:
    """Those places and all whose marks lie at the same spot, ascending: of marks over each other only the last can be clicked."""
    spots = {(x.values[i], y.values[i]) for i in places if 0 <= i < len(x.values)}
    return [i for i, spot in enumerate(zip(x.values, y.values, strict=True)) if spot in spots]


def _place(column: Column, log: bool) -> dict[str, Any]:
    """The axis of a scatter: words in the order of the alphabet, a few numbers with a tick each."""
    if not column.numeric:
        return {"type": "category", "categoryorder": "category ascending"}
    known = column.known
    kind = {"type": "log" if log and known and known[0] > 0 else "linear"}
    few = 0 < len(known) <= MOST_TICKS and _apart(known)
    return kind | ({"tickvals": known, "ticktext": [number(value) for value in known]} if few else {})


def _dimension(column: Column) -> dict[str, Any]:
    """Words get a place each, in the order of the alphabet; numbers their own, logarithmic where they span much."""
    if not column.numeric:
        words = sorted({str(value) for value in column.values})
        places = [float(words.index(str(value))) for value in column.values]
        return _axis(column, places, list(range(len(words))), [_short(word) for word in words])
    known = column.known
    wide = bool(known) and known[0] > 0 and known[-1] >= LOG_FROM * known[0]
    scaled = {value: math.log10(value) if wide else value for value in known}
    marked = _marked(list(scaled.values()))
    ticks, texts = marked, [number(round(10**at, 6) if wide else at) for at in marked]
    top = _beyond(list(scaled.values()))
    if len(known) == 0 or any(math.isnan(value) for value in column.numbers):
        ticks, texts = [*ticks, top], [*texts, NEVER]
    return _axis(column, [scaled.get(value, top) for value in column.numbers], ticks, texts)


def _axis(column: Column, places: list[float], ticks: Sequence[float], texts: Sequence[str]) -> dict[str, Any]:
    return {"label": column.title, "values": places, "tickvals": list(ticks), "ticktext": list(texts)}


def _marked(places: list[float]) -> list[float]:
    """Where an axis says its numbers: at every value while they are few and apart, else at even distances."""
    if len(places) <= MOST_TICKS and _apart(places):
        return places
    return [places[0] + share * (places[-1] - places[0]) / (EVEN_TICKS - 1) for share in range(EVEN_TICKS)]


def _apart(places: Sequence[float]) -> bool:
    """Whether ticks at these ascending places leave room for their words."""
    return all(b - a >= LEAST_GAP * (places[-1] - places[0]) for a, b in pairwise(places))


def _beyond(places: Sequence[float]) -> float:
    """A place above all others, for what has none."""
    if not places:
        return 1.0
    return max(places) + (0.15 * (max(places) - min(places)) or 1.0)


def _short(word: str) -> str:
    return html.escape(word if len(word) <= LONGEST else word[: LONGEST - 1] + "…", quote=False)

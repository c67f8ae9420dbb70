"""One value per cell, a row each: accuracies as dots on their own range, all else as bars from zero."""

from __future__ import annotations

import math
from collections.abc import Container, Sequence
from typing import Any

import plotly.graph_objects as go

from app import palette
from app.charts.frame import frame, lone
from app.charts.studies.table import (
    HOLLOW,
    PUBLISHED,
    Quantity,
    Row,
    counted,
    distinct,
    marks,
    number,
    of,
    spreads,
    with_spread,
)
from app.charts.table import sentence

ROW, BOTH, HEAD = 30, 46, 66  # pixels of a cell; of one with two bars; of all around
OURS = "This study"
COMPONENTS = {"RM", "Init", "BM"}  # of DREAM+, as the ablation names them


def bars(rows: Sequence[Row], quantity: Quantity, at_once: Container[str] = ()) -> go.Figure:
    """Cells from top to bottom in their order; published values hollow, in the same row. A value that is not a number: never,
    or for cells in `at_once` from the start."""
    rows = of(rows, quantity.name)
    labels = distinct(label(row) for row in rows)
    figure = frame(quantity.axis, "")
    chosen = marks(labels)
    if quantity.unit == "%":
        _dots(figure, rows, chosen)
        _near(figure, rows)
    else:
        _bars(figure, rows, chosen)
        _words(figure, rows, at_once)
    each = BOTH if quantity.unit != "%" and len(_both(rows)) > 1 else ROW
    figure.update_xaxes(showgrid=True, showline=False)
    figure.update_yaxes(
        showgrid=False,
        autorange="reversed",
        ticklabelstandoff=6,
        categoryorder="array",
        categoryarray=labels,
        type="category",
    )
    figure.update_layout(hovermode="closest", dragmode=False, height=HEAD + each * max(1, len(labels)), margin_l=12)
    return figure if len(_both(rows)) > 1 else lone(figure)


def label(row: Row) -> str:
    """What a row of the figure is called: its series; where that is a host with components, both."""
    return f"{row.series} + {row.x}" if set(str(row.x).split(" + ")) <= COMPONENTS else row.series


def _dots(figure: go.Figure, rows: Sequence[Row], chosen: dict[str, palette.Mark]) -> None:
    for published, some in _both(rows):
        inks = [chosen[label(row)].ink.light for row in some]
        marker: dict[str, Any] = {
            "symbol": [chosen[label(row)].symbol for row in some],
            "size": 11,
            "color": inks,
        }
        if published:
            marker |= {"color": HOLLOW, "line": {"color": inks, "width": 1.5}}
        figure.add_trace(
            go.Scatter(
                x=[row.value for row in some],
                y=[label(row) for row in some],
                name=sentence(PUBLISHED) if published else OURS,
                mode="markers",
                marker=marker,
                error_x={"type": "data", "array": spreads(some), "thickness": 1, "width": 3, "color": palette.TEXT.light},
                customdata=[with_spread(row) + counted(row) for row in some],
                hovertemplate="%{y}: %{customdata}",
            )
        )  # fmt: skip


def _bars(figure: go.Figure, rows: Sequence[Row], chosen: dict[str, palette.Mark]) -> None:
    figure.update_layout(barmode="group", bargap=0.35, bargroupgap=0.1)
    most = max((row.value for row in rows if math.isfinite(row.value)), default=1.0)
    for published, some in _both(rows):
        inks = [chosen[label(row)].ink.light for row in some]
        figure.add_trace(
            go.Bar(
                x=[row.value for row in some],
                y=[label(row) for row in some],
                orientation="h",
                name=sentence(PUBLISHED) if published else OURS,
                marker={"color": HOLLOW if published else inks, "line": {"color": inks, "width": 1.5 if published else 0}},
                text=[number(row.value) if math.isfinite(row.value) else "" for row in some],
                textposition="outside",
                constraintext="none",
                textfont={"color": palette.TEXT.light, "size": 12},
                cliponaxis=False,
                customdata=[with_spread(row) + counted(row) for row in some],
                hovertemplate="%{y}: %{customdata}",
            )
        )  # fmt: skip
    figure.update_xaxes(range=[0, 1.15 * most])


def _words(figure: go.Figure, rows: Sequence[Row], at_once: Container[str]) -> None:
    """In place of a bar: one of no length would say nothing."""
    for row in rows:
        if not math.isfinite(row.value):
            text = "from the start" if label(row) in at_once else "never"
            figure.add_annotation(x=0, y=label(row), text=text + (f", {PUBLISHED}" if row.published else ""), showarrow=False,
                                  xanchor="left", xshift=4, font={"color": palette.TEXT.light, "size": 12})  # fmt: skip


def _both(rows: Sequence[Row]) -> list[tuple[bool, list[Row]]]:
    """Ours, then published; neither when it is empty."""
    sides = [(published, [row for row in rows if row.published == published]) for published in (False, True)]
    return [side for side in sides if side[1]]


def _near(figure: go.Figure, rows: Sequence[Row]) -> None:
    """The range that the values take, with their spread and some room."""
    ends = [row.value + sign * by for row, by in zip(rows, spreads(rows), strict=True) for sign in (-1, 1)]
    ends = [end for end in ends if math.isfinite(end)]
    if ends:
        room = max(0.5, 0.06 * (max(ends) - min(ends)))
        figure.update_xaxes(range=[min(ends) - room, max(ends) + room])

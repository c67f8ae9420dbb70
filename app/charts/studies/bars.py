"""One value per cell, a row each: accuracies as dots on their own range, all else as bars from zero."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from app import palette
from app.charts.frame import frame
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
    recipe_in,
    spreads,
    with_spread,
)

ROW, HEAD = 30, 76  # pixels
OURS = "this study"


def bars(rows: Sequence[Row], quantity: Quantity) -> go.Figure:
    """Cells from top to bottom in their order; published values hollow, in the same row."""
    rows = of(rows, quantity.name)
    labels = distinct(label(row, rows) for row in rows)
    figure = frame(quantity.axis, "")
    chosen = marks(distinct(mark_of(row) for row in rows))
    if quantity.unit == "%":
        _dots(figure, rows, chosen)
        _near(figure, rows)
    else:
        _bars(figure, rows, chosen)
    figure.update_xaxes(showgrid=True, showline=False)
    figure.update_yaxes(
        showgrid=False, autorange="reversed", categoryorder="array", categoryarray=labels, type="category"
    )
    figure.update_layout(hovermode="closest", dragmode=False, height=HEAD + ROW * max(1, len(labels)), margin_l=12)
    return figure


def label(row: Row, rows: Sequence[Row]) -> str:
    """What a row of the figure is called: its cell, with its group where there are several and the cell does not say so."""
    group = str(row.x)
    groups = {str(other.x) for other in rows}
    if len(groups) == 1 or row.series == group or row.series.lower().startswith(group.lower()):
        return row.series
    return group if len({other.series for other in rows}) == 1 else f"{group} · {row.series}"


def mark_of(row: Row) -> str:
    """Which label decides the mark: the one that names a recipe."""
    group = str(row.x)
    return group if recipe_in(group) and not recipe_in(row.series) else row.series


def _dots(figure: go.Figure, rows: Sequence[Row], chosen: dict[str, palette.Mark]) -> None:
    for published, some in _both(rows):
        inks = [chosen[mark_of(row)].ink.light for row in some]
        marker: dict[str, Any] = {"symbol": [chosen[mark_of(row)].symbol for row in some], "size": 10, "color": inks}
        if published:
            marker |= {"color": HOLLOW, "line": {"color": inks, "width": 1.5}}
        figure.add_trace(
            go.Scatter(
                x=[row.value for row in some],
                y=[label(row, rows) for row in some],
                name=PUBLISHED if published else OURS,
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
        inks = [chosen[mark_of(row)].ink.light for row in some]
        figure.add_trace(
            go.Bar(
                x=[row.value for row in some],
                y=[label(row, rows) for row in some],
                orientation="h",
                name=PUBLISHED if published else OURS,
                marker={"color": HOLLOW if published else inks, "line": {"color": inks, "width": 1.5 if published else 0}},
                text=[number(row.value) for row in some],
                textposition="outside",
                textfont={"color": palette.TEXT.light, "size": 12},
                cliponaxis=False,
                customdata=[with_spread(row) + counted(row) for row in some],
                hovertemplate="%{y}: %{customdata}",
            )
        )  # fmt: skip
    for row in rows:
        if not math.isfinite(row.value):  # a bar of no length would say "at once"
            figure.add_annotation(x=0, y=label(row, rows), text="never" + (f", {PUBLISHED}" if row.published else ""),
                                  showarrow=False, xanchor="left", xshift=4, font={"color": palette.TEXT.light, "size": 12})  # fmt: skip
    figure.update_xaxes(range=[0, 1.15 * most])


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

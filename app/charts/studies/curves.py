"""Lines over a number: one per series, with a band of one standard deviation; published ones hollow and dashed."""

from __future__ import annotations

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from app import palette
from app.charts.frame import MARKERS_UP_TO, draw_band, frame
from app.charts.studies.table import HOLLOW, Quantity, Row, counted, grouped, legend, marks, of, spreads

LOG_FROM = 8  # largest x / smallest x: from here on few values stand better on a logarithmic axis


def curves(rows: Sequence[Row], quantity: Quantity, x_title: str) -> go.Figure:
    """x as it runs: iterations, classes seen."""
    rows = [row for row in of(rows, quantity.name) if not isinstance(row.x, str)]
    figure = frame(x_title, quantity.axis)
    chosen = marks(row.series for row in rows)
    groups = grouped(rows)
    for (series, published), some in groups.items():
        if not published:
            _band(figure, some, chosen[series])
    for (series, published), some in groups.items():
        _line(figure, series, published, _sorted(some), chosen[series])
    figure.update_xaxes(tickformat=",~r", nticks=7)
    return figure


def line(rows: Sequence[Row], quantity: Quantity, x_title: str) -> go.Figure:
    """x in a few chosen values, each with its tick: clusters, intervals, shares."""
    figure = curves(rows, quantity, x_title)
    places = sorted({float(row.x) for row in of(rows, quantity.name) if not isinstance(row.x, str)})
    if places:
        log = places[0] > 0 and places[-1] >= LOG_FROM * places[0]
        ticks = {"tickvals": places, "ticktext": [f"{x:,g}" for x in places], "tickmode": "array"}
        figure.update_xaxes(type="log" if log else "linear", **ticks)
    for trace in figure.data:
        if trace.hoverinfo != "skip":
            trace.mode = "lines+markers"
    return figure


def _sorted(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: float(row.x))


def _line(figure: go.Figure, series: str, published: bool, rows: Sequence[Row], mark: palette.Mark) -> None:
    ink, spread = mark.ink.light, spreads(rows)
    dense = len(rows) > MARKERS_UP_TO
    marker = {"symbol": mark.symbol, "color": ink, "size": 7, "line": {"color": ink, "width": 0}}
    if published:
        marker |= {"color": HOLLOW, "line": {"color": ink, "width": 1.5}}
    figure.add_trace(
        go.Scatter(
            x=[row.x for row in rows],
            y=[row.value for row in rows],
            name=legend(series, published),
            mode="lines" if dense else "lines+markers",
            line={"color": ink, "dash": "dash" if published else mark.dash, "width": 1 if published else 2},
            marker=marker,
            customdata=[f" ± {by:.2g}{counted(row)}" if by else counted(row) for row, by in zip(rows, spread, strict=True)],
            hovertemplate="%{y:,.4~g}%{customdata}",
        )
    )  # fmt: skip


def _band(figure: go.Figure, rows: Sequence[Row], mark: palette.Mark) -> None:
    rows = [row for row in _sorted(rows) if math.isfinite(row.value)]
    spread = spreads(rows)
    if not any(spread):
        return
    xs = [row.x for row in rows]
    high = [row.value + by for row, by in zip(rows, spread, strict=True)]
    low = [row.value - by for row, by in zip(rows, spread, strict=True)]
    draw_band(figure, xs, low, high, mark)

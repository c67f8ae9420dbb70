"""What others report for one dataset and ipc."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import plotly.graph_objects as go

from app import palette
from app.charts.frame import axis_title, frame, lone


class Figure(Protocol):
    """A published accuracy: percent, with its standard deviation where one was given."""

    @property
    def method(self) -> str: ...
    @property
    def accuracy(self) -> float: ...
    @property
    def std(self) -> float | None: ...


def published(figures: Sequence[Figure], method: str) -> go.Figure:
    """A dot per method, best on top; `method`, the one about to be launched, in its own colour."""
    rows = sorted(figures, key=lambda row: row.accuracy)
    marks = [_mark(row.method, method) for row in rows]
    figure = frame(axis_title("Published test accuracy", "%"), "")
    figure.add_trace(
        go.Scatter(
            x=[row.accuracy for row in rows],
            y=[row.method for row in rows],
            error_x={"type": "data", "array": [row.std or None for row in rows], "thickness": 1, "width": 0, "color": palette.TEXT.light},
            mode="markers+text",
            text=[f"  {row.accuracy:.1f}" for row in rows],
            textposition="middle right",
            textfont={"color": palette.TEXT.light, "size": 12},
            marker={"color": [m.ink.light for m in marks], "symbol": [m.symbol for m in marks], "size": 8},
            hovertemplate="%{y}: %{x:.1f} %<extra></extra>",
        )
    )  # fmt: skip
    low, high = (rows[0].accuracy, rows[-1].accuracy) if rows else (0, 100)
    margin = max(2.0, 0.12 * (high - low))
    figure.update_xaxes(range=[low - margin, high + 2 * margin], showgrid=True)
    figure.update_yaxes(showgrid=False)
    figure.update_layout(hovermode="closest", height=56 + 22 * len(rows), dragmode=False)
    return lone(figure)


def _mark(name: str, chosen: str) -> palette.Mark:
    if name == chosen:
        return palette.recipe(name.lower())
    return palette.RANDOM if name.lower() == "random" else palette.INITIAL._replace(symbol="circle")

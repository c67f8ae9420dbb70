"""The frame that all figures share: margins, axes, legend; and the few ways a curve is drawn into it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from app.charts.table import NOTHING, Points, Reference, Scene, Table, thin
from app.palette import BAND, DOTS, RULE, TEXT, Mark, soft
from engine.metrics.catalog import METRICS

STEPS = "Inner loops"
MARKERS_UP_TO = 25  # more points than that are drawn as a line alone
DENSE = 200  # more points than that are drawn with their moving average


def axis_title(name: str, unit: str = "") -> str:
    """'Accuracy [%]'; quantities without a unit are named alone."""
    return f"{name} [{unit}]" if unit else name


def metric_title(name: str) -> str:
    """The axis title of a recorded quantity."""
    return axis_title(METRICS[name].title, METRICS[name].unit)


def frame(x_title: str, y_title: str) -> go.Figure:
    """An empty figure with both axes named."""
    axis = {
        "gridcolor": RULE.light, "linecolor": RULE.light, "zeroline": False, "automargin": True, "ticks": "",
        "title": {"standoff": 8, "font": {"size": 12, "color": TEXT.light}}, "tickfont": {"size": 12, "color": TEXT.light},
    }  # fmt: skip
    figure = go.Figure()
    figure.update_layout(
        template="none",
        xaxis=axis | {"showgrid": False, "showline": True},
        yaxis=axis | {"showline": False},
        margin={"l": 48, "r": 12, "t": 28, "b": 36},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": TEXT.light, "size": 12},
        legend={"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "font": {"size": 12}},
        hovermode="x unified",
        dragmode="zoom",
        showlegend=True,
    )
    figure.update_xaxes(title_text=x_title)
    figure.update_yaxes(title_text=y_title)
    return figure


def curves_frame(y_title: str, table: Table, scene: Scene) -> go.Figure:
    """A frame over inner loops. Its x-axis is the same for all figures of a run and ends at total/2^k, the smallest that
    still holds every point: it jumps only when a live run has doubled."""
    figure = frame(STEPS, y_title)
    last = max((points.steps[-1] for points in table.values() if points.steps), default=0)
    end = scene.config.total_steps / 2 ** halvings(last, scene.config.total_steps)
    figure.update_xaxes(range=[-0.02 * end, 1.02 * end], tickformat=",d", nticks=6)
    if scene.step is not None and 0 <= scene.step <= end:
        figure.add_vline(x=scene.step, line={"width": 1, "color": TEXT.light, "dash": "dot"})
    return figure


def halvings(last: int, total: int) -> int:
    """How often `total` can be halved with `last` still inside; at most to ten steps."""
    if last <= 0:
        return 0 if total <= 20 else int(math.log2(total / 10))
    return max(0, min(int(math.log2(total / last)), int(math.log2(max(total / 10, 1)))))


def draw_curve(figure: go.Figure, label: str, points: Points, mark: Mark, decimals: str = ".4g") -> None:
    """One line with its mark. A dense curve is drawn as its moving average in front of the pale values themselves."""
    window = smoothing(len(points.steps))
    if window > 1:
        pale = soft(mark.ink, DOTS).light
        _line(figure, label, thin(points), {"color": pale, "width": 1}, hoverinfo="skip", showlegend=False)
        points = thin(averaged(points, window))
        label = f"{label}, mean of {window}"
    line = {"color": mark.ink.light, "dash": mark.dash, "width": 2}
    marker = {"symbol": mark.symbol, "color": mark.ink.light, "size": 6}
    mode = "lines+markers" if len(points.steps) <= MARKERS_UP_TO else "lines"
    _line(figure, label, points, line, mode=mode, marker=marker, hovertemplate=f"%{{y:{decimals}}}")


def draw_band(
    figure: go.Figure, xs: Sequence[float | str], low: Sequence[float], high: Sequence[float], mark: Mark
) -> None:
    """The pale area between two curves over the same places."""
    figure.add_trace(
        go.Scatter(
            x=[*xs, *reversed(xs)],
            y=[*high, *reversed(low)],
            fill="toself",
            fillcolor=soft(mark.ink, BAND).light,
            line={"width": 0},
            mode="lines",
            hoverinfo="skip",
            showlegend=False,
        )
    )


def _line(figure: go.Figure, label: str, points: Points, line: dict[str, Any], **how: Any) -> None:
    figure.add_trace(
        go.Scatter(x=list(points.steps), y=list(points.values), name=label, line=line, **{"mode": "lines"} | how)
    )


def smoothing(count: int) -> int:
    """Values that a moving average spans: a power of two, so that a growing curve seldom changes; 1 = none."""
    return 1 if count <= DENSE else 2 ** int(math.log2(count / DENSE) + 2)


def averaged(points: Points, window: int) -> Points:
    """Moving average over `window` values around each point, fewer at the ends; what is not a number is left out."""
    values = np.asarray(points.values, float)
    known = np.isfinite(values)
    ones = np.ones(window)
    total = np.convolve(np.where(known, values, 0.0), ones, mode="same")
    count = np.convolve(known, ones, mode="same")
    means = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
    return Points(points.steps, means.tolist())


def lone(figure: go.Figure) -> go.Figure:
    """For a single curve: no legend, and no room kept for one."""
    figure.update_layout(showlegend=False, margin_t=10)
    return figure


def draw_levels(figure: go.Figure, references: Iterable[Reference]) -> None:
    """Dashed horizontal lines over the whole width, labelled at the right end, without touching the x-range."""
    for reference in references:
        figure.add_hline(
            y=reference.value,
            line={"color": reference.mark.ink.light, "dash": reference.mark.dash, "width": 1},
            annotation={
                "text": reference.label, "font": {"size": 11, "color": reference.mark.ink.light},
                "xanchor": "right", "x": 1, "yanchor": "bottom",
            },
        )  # fmt: skip


def at(table: Table, name: str) -> Points:
    """The curve of that name; empty when nothing was recorded."""
    return table.get(name, NOTHING)

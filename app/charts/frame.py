"""The frame that all figures share: margins, axes, legend; and the few ways a curve is drawn into it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from app.charts import axes
from app.charts.table import NOTHING, Points, Reference, Scene, Table, thin
from app.palette import BAND, DOTS, RULE, TEXT, Mark, soft
from engine.metrics.catalog import METRICS

STEPS = axes.LOOPS
MARKERS_UP_TO = 25  # more points than that are drawn as a line alone
LIGHT = "Light"
SMOOTH: dict[
    str, tuple[float, int]
] = {  # share of its values that an average spans; up to so many values there is none
    "None": (0.0, 0),
    LIGHT: (1 / 50, 200),
    "Medium": (1 / 16, 24),
    "Strong": (1 / 5, 8),
}


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
    """A frame over the scene's axis, the same for all figures of a run: its end jumps only when a live run has outgrown it. The
    browser draws the line at the chosen step, by `layout.meta.cursor`."""
    end = axes.end(table, scene)
    figure = frame(axes.axis(scene).title, y_title)
    figure.update_xaxes(range=[-0.02 * end, 1.02 * end], tickformat=",d" if end >= 20 else "", nticks=6)
    if scene.run:
        figure.update_layout(meta={"cursor": axes.cursor(table, scene)})
    return figure


def draw_curve(
    figure: go.Figure, label: str, points: Points, mark: Mark, decimals: str = ".4g", scene: Scene | None = None
) -> None:
    """One line with its mark, over the scene's axis and as smooth as it asks for: a moving average in front of the pale values
    themselves. Without a scene: over inner loops, lightly smoothed."""
    window = smoothing(len(points.steps), scene.smooth if scene else LIGHT)
    if window > 1:
        pale = soft(mark.ink, DOTS).light
        _line(
            figure,
            label,
            thin(points),
            {"color": pale, "width": 1},
            scene,
            legendgroup=label,
            hoverinfo="skip",
            showlegend=False,
        )
    line = {"color": mark.ink.light, "dash": mark.dash, "width": 2}
    marker = {"symbol": mark.symbol, "color": mark.ink.light, "size": 6}
    mode = "lines+markers" if len(points.steps) <= MARKERS_UP_TO else "lines"
    shown = thin(averaged(points, window)) if window > 1 else points
    name = f"{label}, mean of {window}" if window > 1 else label
    template = f"%{{y:{decimals}}}"
    _line(figure, name, shown, line, scene, legendgroup=label, mode=mode, marker=marker, hovertemplate=template)


def lone_curve(table: Table, scene: Scene, name: str, mark: Mark, decimals: str = ".4g", title: str = "") -> go.Figure:
    """The figure of a single quantity, from 0 upwards; `title` of the y-axis, "" = the catalogue's."""
    figure = curves_frame(title or metric_title(name), table, scene)
    draw_curve(figure, METRICS[name].title, at(table, name), mark, decimals, scene)
    figure.update_yaxes(rangemode="tozero")
    return lone(figure)


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


def _line(figure: go.Figure, label: str, points: Points, line: dict[str, Any], scene: Scene | None, **how: Any) -> None:
    """By `legendgroup`, among `how`, the browser knows the curve, whatever its name becomes."""
    xs = axes.places(points, scene) if scene else list(points.steps)
    figure.add_trace(go.Scatter(x=xs, y=list(points.values), name=label, line=line, **{"mode": "lines"} | how))


def smoothing(count: int, strength: str = LIGHT) -> int:
    """Values that a moving average spans: a power of two, so that a growing curve seldom changes; 1 = none."""
    share, least = SMOOTH[strength]
    return 1 if count <= least or not share else 2 ** max(0, int(math.log2(count * share)))


def averaged(points: Points, window: int) -> Points:
    """Moving average over `window` values around each point, fewer at the ends; what is not a number is left out."""
    values = np.asarray(points.values, float)
    known = np.isfinite(values)
    ones = np.ones(window)
    total = np.convolve(np.where(known, values, 0.0), ones, mode="same")
    count = np.convolve(known, ones, mode="same")
    means = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
    return points._replace(values=means.tolist())


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

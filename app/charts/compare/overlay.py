"""Several curves of one quantity in one figure: a line per run, or per group with a band of one standard deviation."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from app.charts.axes import AXES, LOOPS, places
from app.charts.compare.series import Joined, Series, joined
from app.charts.frame import LIGHT, MARKERS_UP_TO, averaged, draw_band, frame, metric_title, smoothing
from app.charts.table import Points, Scene, thin

FLOOR = 0.01  # of the mean: where a band ends that would reach below zero on a logarithmic axis


class Look(NamedTuple):
    """How the curves are drawn. `axis`: a name from AXES. `smooth`: one from frame.SMOOTH."""

    axis: str = LOOPS
    smooth: str = LIGHT
    log: bool = False


def overlay(quantity: str, series: Sequence[Series], look: Look) -> go.Figure:
    """`quantity`: a name from METRICS, which all the curves are of. Series without points are left out."""
    figure = frame(AXES[look.axis].title, metric_title(quantity))
    lines = [(one, curve) for one in series if len((curve := _thinned(smoothed(one, look.smooth))).steps)]
    for one, curve in lines:
        if len(one.curves) > 1:
            low = np.maximum(curve.mean - curve.std, FLOOR * curve.mean) if look.log else curve.mean - curve.std
            draw_band(figure, _xs(one, curve, look), low.tolist(), (curve.mean + curve.std).tolist(), one.mark)
    for one, curve in lines:
        _line(figure, one, _xs(one, curve, look), curve)
    figure.update_xaxes(tickformat=",~r", nticks=8)
    figure.update_yaxes(type="log" if look.log else "linear")
    return figure


def smoothed(series: Series, strength: str) -> Joined:
    """The mean over its curves, each a moving average by itself first."""
    return joined([_averaged(points, strength) for points in series.curves])


def named(series: Series) -> str:
    """As the legend has it: a group with its number of runs. Names are people's: no sign of them is markup."""
    label = html.escape(series.label, quote=False)
    return f"{label} (n {len(series.curves)})" if len(series.curves) > 1 else label


def _averaged(points: Points, strength: str) -> Points:
    window = smoothing(len(points.steps), strength)
    return averaged(points, window) if window > 1 else points


def _thinned(curve: Joined) -> Joined:
    keep = list(thin(Points(range(len(curve.steps)), curve.mean.tolist())).steps)
    return Joined(curve.steps[keep], curve.mean[keep], curve.std[keep], curve.seconds[keep])


def _xs(series: Series, curve: Joined, look: Look) -> list[float]:
    """Where the steps lie on the axis."""
    points = Points(curve.steps.tolist(), curve.mean.tolist(), curve.seconds.tolist())
    return [float(x) for x in places(points, Scene(series.config, axis=look.axis, classes=series.classes))]


def _line(figure: go.Figure, series: Series, xs: list[float], curve: Joined) -> None:
    ink, mark, several = series.mark.ink.light, series.mark, len(series.curves) > 1
    figure.add_trace(
        go.Scatter(
            x=xs,
            y=curve.mean.tolist(),
            name=named(series),
            uid=series.label,
            mode="lines+markers" if len(xs) <= MARKERS_UP_TO else "lines",
            line={"color": ink, "dash": mark.dash, "width": 2},
            marker={"symbol": mark.symbol, "color": ink, "size": 7},
            customdata=curve.std.tolist() if several else None,
            hovertemplate="%{y:,.4~g}" + (" ± %{customdata:.2~g}" if several else ""),
        )
    )

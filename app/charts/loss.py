"""One of the two matching losses over the run."""

from __future__ import annotations

import plotly.graph_objects as go

from app import palette
from app.charts.frame import at, curves_frame, draw_curve, lone, metric_title
from app.charts.table import Scene, Table
from engine.metrics.catalog import METRICS


def loss(table: Table, scene: Scene, name: str) -> go.Figure:
    """`name` is "loss.gradient" or "loss.feature"."""
    figure = curves_frame(metric_title(name), table, scene)
    draw_curve(figure, METRICS[name].title, at(table, name), palette.recipe(scene.config.recipe), scene=scene)
    if scene.log:
        figure.update_yaxes(type="log", dtick=1, minor={"showgrid": True, "gridcolor": palette.RULE.light})
    else:
        figure.update_yaxes(rangemode="tozero")
    return lone(figure)


def gradient_loss(table: Table, scene: Scene) -> go.Figure:
    return loss(table, scene, "loss.gradient")


def feature_loss(table: Table, scene: Scene) -> go.Figure:
    return loss(table, scene, "loss.feature")

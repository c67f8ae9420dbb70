"""One of the two matching losses over the run."""

from __future__ import annotations

import plotly.graph_objects as go

from app import palette
from app.charts.frame import at, curves_frame, draw_curve, metric_title
from app.charts.table import Scene, Table
from engine.metrics.catalog import METRICS


def loss(table: Table, scene: Scene, name: str) -> go.Figure:
    """`name` is "loss.gradient" or "loss.feature". Logarithmic: fresh networks make both fall over orders of magnitude."""
    figure = curves_frame(metric_title(name), table, (name,), scene)
    draw_curve(figure, METRICS[name].title, at(table, name), palette.recipe(scene.config.recipe))
    figure.update_yaxes(type="log", exponentformat="power", nticks=6)
    figure.update_layout(showlegend=False)
    return figure


def gradient_loss(table: Table, scene: Scene) -> go.Figure:
    return loss(table, scene, "loss.gradient")


def feature_loss(table: Table, scene: Scene) -> go.Figure:
    return loss(table, scene, "loss.feature")

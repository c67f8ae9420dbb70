"""How hard real images pull at the network."""

from __future__ import annotations

import plotly.graph_objects as go

from app import palette
from app.charts.frame import at, curves_frame, draw_curve, lone, metric_title
from app.charts.table import Scene, Table


def gradient_norm(table: Table, scene: Scene) -> go.Figure:
    """Length of the network's gradient on one real image, mean over the batch in use."""
    figure = curves_frame(metric_title("gradient.norm"), table, scene)
    draw_curve(figure, "Gradient norm", at(table, "gradient.norm"), palette.synthetic(scene.config.recipe), scene=scene)
    figure.update_yaxes(rangemode="tozero")
    return lone(figure)

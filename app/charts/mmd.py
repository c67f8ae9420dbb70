"""How well a batch, and the synthetic images, stand for their class."""

from __future__ import annotations

import plotly.graph_objects as go

from app import palette
from app.charts.frame import at, curves_frame, draw_curve
from app.charts.table import Scene, Table

NAMES = ("mmd.representative", "mmd.random", "mmd.synthetic")


def mmd(table: Table, scene: Scene) -> go.Figure:
    """Squared MMD to the whole class: representative batch, random batch of the same size, decoded synthetic images."""
    figure = curves_frame("MMD² to the class", table, NAMES, scene)
    draw_curve(figure, "representative batch", at(table, "mmd.representative"), palette.REPRESENTATIVE)
    draw_curve(figure, "random batch", at(table, "mmd.random"), palette.RANDOM)
    if at(table, "mmd.synthetic").steps:
        mark = palette.synthetic(scene.config.recipe)._replace(dash="dot")
        draw_curve(figure, "synthetic images", at(table, "mmd.synthetic"), mark)
    figure.update_yaxes(rangemode="tozero")
    return figure

"""How well a batch, and the synthetic images, stand for their class."""

from __future__ import annotations

import plotly.graph_objects as go

from app import palette
from app.charts.frame import at, curves_frame, draw_curve, lone
from app.charts.table import Scene, Table

TITLE = "MMD² to the class"
BATCHES = ("mmd.representative", "mmd.random")


def batches(table: Table, scene: Scene) -> go.Figure:
    """Squared MMD to the whole class: representative batch beside a random one of the same size."""
    figure = curves_frame(TITLE, table, scene)
    draw_curve(figure, "Representative batch", at(table, "mmd.representative"), palette.REPRESENTATIVE, scene=scene)
    draw_curve(figure, "Random batch", at(table, "mmd.random"), palette.RANDOM, scene=scene)
    figure.update_yaxes(rangemode="tozero")
    return figure


def synthetic(table: Table, scene: Scene) -> go.Figure:
    """The same for the decoded synthetic images."""
    figure = curves_frame(TITLE, table, scene)
    draw_curve(
        figure, "Synthetic images", at(table, "mmd.synthetic"), palette.synthetic(scene.config.recipe), scene=scene
    )
    figure.update_yaxes(rangemode="tozero")
    return lone(figure)

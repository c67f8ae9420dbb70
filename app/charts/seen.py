"""Accuracy of a class-incremental run on the classes that have arrived."""

from __future__ import annotations

import plotly.graph_objects as go

from app import palette
from app.charts.frame import at, curves_frame, draw_curve, lone, metric_title
from app.charts.table import Scene, Table


def seen(table: Table, scene: Scene) -> go.Figure:
    """Test accuracy over the classes seen, of networks trained on the memory alone."""
    figure = curves_frame(metric_title("accuracy.seen"), table, scene)
    draw_curve(
        figure,
        "Accuracy on classes seen",
        at(table, "accuracy.seen"),
        palette.synthetic(scene.config.recipe),
        scene=scene,
    )
    figure.update_yaxes(rangemode="tozero")
    return lone(figure)

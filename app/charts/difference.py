"""Distance of the synthetic images' mean features from their class."""

from __future__ import annotations

import plotly.graph_objects as go

from app import palette
from app.charts.frame import at, curves_frame, draw_curve, lone, metric_title
from app.charts.table import Scene, Table


def difference(table: Table, scene: Scene) -> go.Figure:
    """|mean features of synthetic - mean features of the class|, mean over classes."""
    figure = curves_frame(metric_title("feature.difference"), table, scene)
    draw_curve(
        figure,
        "Feature difference",
        at(table, "feature.difference"),
        palette.synthetic(scene.config.recipe),
        scene=scene,
    )
    figure.update_yaxes(rangemode="tozero")
    return lone(figure)

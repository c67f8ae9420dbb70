"""How much memory the run has needed so far."""

from __future__ import annotations

import plotly.graph_objects as go

from app import palette
from app.charts.frame import at, curves_frame, draw_curve, lone, metric_title
from app.charts.table import Scene, Table


def memory(table: Table, scene: Scene) -> go.Figure:
    """Peak memory over the run, in MB."""
    figure = curves_frame(metric_title("memory"), table, scene)
    draw_curve(figure, "Memory", at(table, "memory"), palette.INITIAL._replace(dash="solid"), ",.0f", scene)
    figure.update_yaxes(rangemode="tozero")
    return lone(figure)

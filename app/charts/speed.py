"""How fast the run goes."""

from __future__ import annotations

import plotly.graph_objects as go

from app import palette
from app.charts.frame import at, curves_frame, draw_curve, lone, metric_title
from app.charts.table import Scene, Table


def speed(table: Table, scene: Scene) -> go.Figure:
    """Inner loops per second over the run."""
    figure = curves_frame(metric_title("speed"), table, scene)
    draw_curve(figure, "Speed", at(table, "speed"), palette.INITIAL._replace(dash="solid"), scene=scene)
    figure.update_yaxes(rangemode="tozero")
    return lone(figure)

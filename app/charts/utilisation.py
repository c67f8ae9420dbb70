"""How busy the device is."""

from __future__ import annotations

import plotly.graph_objects as go

from app import palette
from app.charts.frame import at, curves_frame, draw_curve, lone, metric_title
from app.charts.table import Scene, Table


def utilisation(table: Table, scene: Scene) -> go.Figure:
    """Percent over the run, on an axis that always shows the whole range."""
    figure = curves_frame(metric_title("utilisation"), table, scene)
    draw_curve(figure, "Utilisation", at(table, "utilisation"), palette.INITIAL._replace(dash="solid"), ".0f", scene)
    figure.update_yaxes(range=[0, 104])  # a line at 100 % is not cut in half
    return lone(figure)

"""Where the time goes."""

from __future__ import annotations

import plotly.graph_objects as go

from app import palette
from app.charts.axes import places
from app.charts.frame import at, axis_title, curves_frame
from app.charts.table import Scene, Table, thin

LABELS = {
    "share.match": "Matching",
    "share.network": "Network training",
    "share.warmup": "Warming up networks",
    "share.cluster": "Clustering",
    "share.rest": "Measuring, keeping",
}


def shares(table: Table, scene: Scene) -> go.Figure:
    """Stacked shares of the time between two values."""
    figure = curves_frame(axis_title("Share of the time", "%"), table, scene)
    for name, label in LABELS.items():
        points = thin(at(table, name))
        ink = palette.SHARES[name].light
        figure.add_trace(
            go.Scatter(
                x=places(points, scene),
                y=list(points.values),
                name=label,
                stackgroup="time",
                mode="lines",
                line={"width": 0.5, "color": ink},
                fillcolor=ink,
                hovertemplate="%{y:.0f} %",
            )
        )
    figure.update_yaxes(range=[0, 100])
    return figure

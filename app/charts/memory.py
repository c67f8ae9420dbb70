"""How much memory the run has needed so far."""

from __future__ import annotations

import plotly.graph_objects as go

from app import palette
from app.charts.frame import lone_curve
from app.charts.table import Scene, Table


def memory(table: Table, scene: Scene) -> go.Figure:
    """Peak memory over the run, in MB."""
    return lone_curve(table, scene, "memory", palette.INITIAL._replace(dash="solid"), ",.0f")

"""How fast the run goes."""

from __future__ import annotations

import plotly.graph_objects as go

from app import palette
from app.charts.frame import lone_curve
from app.charts.table import Scene, Table


def speed(table: Table, scene: Scene) -> go.Figure:
    """Inner loops per second over the run."""
    return lone_curve(table, scene, "speed", palette.INITIAL._replace(dash="solid"))

"""How far the synthetic images still move."""

from __future__ import annotations

import plotly.graph_objects as go

from app import palette
from app.charts.frame import lone_curve
from app.charts.table import Scene, Table


def migration(table: Table, scene: Scene) -> go.Figure:
    """Distance in features between now and d inner loops ago; d is on the axis."""
    title = f"Migration over d = {scene.config.migration_every:,} loops"
    return lone_curve(table, scene, "migration", palette.recipe(scene.config.recipe), title=title)

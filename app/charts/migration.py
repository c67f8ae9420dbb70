"""How far the synthetic images still move."""

from __future__ import annotations

import plotly.graph_objects as go

from app import palette
from app.charts.frame import at, curves_frame, draw_curve, lone
from app.charts.table import Scene, Table


def migration(table: Table, scene: Scene) -> go.Figure:
    """Distance in features between now and d inner loops ago; d is on the axis."""
    title = f"Migration over d = {scene.config.migration_every:,} loops"
    figure = curves_frame(title, table, scene)
    draw_curve(figure, "Feature migration", at(table, "migration"), palette.recipe(scene.config.recipe), scene=scene)
    figure.update_yaxes(rangemode="tozero")
    return lone(figure)

"""Distance of the synthetic images' mean features from their class."""

from __future__ import annotations

import plotly.graph_objects as go

from app import palette
from app.charts.frame import lone_curve
from app.charts.table import Scene, Table


def difference(table: Table, scene: Scene) -> go.Figure:
    """|mean features of synthetic - mean features of the class|, mean over classes."""
    return lone_curve(table, scene, "feature.difference", palette.synthetic(scene.config.recipe))

"""Accuracy of a class-incremental run on the classes that have arrived."""

from __future__ import annotations

import plotly.graph_objects as go

from app import palette
from app.charts.frame import lone_curve
from app.charts.table import Scene, Table


def seen(table: Table, scene: Scene) -> go.Figure:
    """Test accuracy over the classes seen, of networks trained on the memory alone."""
    return lone_curve(table, scene, "accuracy.seen", palette.synthetic(scene.config.recipe))

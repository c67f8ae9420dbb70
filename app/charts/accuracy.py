"""Accuracy of networks trained on the synthetic images, beside what it is to be compared with."""

from __future__ import annotations

import plotly.graph_objects as go

from app import palette
from app.charts.axes import places
from app.charts.frame import at, curves_frame, draw_band, draw_curve, draw_levels, metric_title
from app.charts.table import Points, Scene, Table


def accuracy(table: Table, scene: Scene) -> go.Figure:
    """Mean over networks with a band of one standard deviation; references dashed and labelled."""
    figure = curves_frame(metric_title("accuracy"), table, scene)
    mean, mark = at(table, "accuracy"), palette.recipe(scene.config.recipe)
    deviations = at(table, "accuracy.std")
    spread = dict(zip(deviations.steps, deviations.values, strict=True))
    if spread:
        _band(figure, mean, [spread.get(step, 0.0) for step in mean.steps], mark, scene)
    draw_curve(figure, f"This run (mean ± std, n {scene.config.eval_repeats})", mean, mark, ".1f", scene)
    draw_levels(figure, scene.references)
    levels = [*mean.values, *(reference.value for reference in scene.references)]
    if levels:  # room for the labels above the lines, and no line on the edge
        room = max(1.0, 0.12 * (max(levels) - min(levels)))
        figure.update_yaxes(range=[min(levels) - room, max(levels) + 1.5 * room])
    return figure


def _band(figure: go.Figure, mean: Points, spread: list[float], mark: palette.Mark, scene: Scene) -> None:
    low = [value - by for value, by in zip(mean.values, spread, strict=True)]
    high = [value + by for value, by in zip(mean.values, spread, strict=True)]
    draw_band(figure, places(mean, scene), low, high, mark)

"""Two synthetic sets of one class among its real images, in one plane."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from app import palette
from app.charts.embedding import METHODS
from app.charts.frame import frame
from app.charts.studies.table import recipe_in

REAL, FIRST, OTHER = range(3)


def distribution(points: npt.NDArray[np.float32], group: npt.NDArray[np.int64], names: tuple[str, str], method: str) -> go.Figure:  # fmt: skip
    """points [n, 2]; group [n]: 0 real, 1 the first synthetic set, 2 the other, called `names`."""
    figure = frame(f"{METHODS[method]} 1 (no unit)", f"{METHODS[method]} 2 (no unit)")
    first, other = (
        _mark(name, spare) for name, spare in zip(names, (palette.RANDOM, palette.REPRESENTATIVE), strict=True)
    )
    _dots(figure, "Real images of the class", points[group == REAL], palette.REAL, 6)
    _dots(figure, f"{names[0]}, synthetic", points[group == FIRST], first, 10)
    _dots(figure, f"{names[1]}, synthetic", points[group == OTHER], other, 10)
    figure.update_xaxes(showticklabels=False, showline=False)
    figure.update_yaxes(showticklabels=False, showgrid=False, scaleanchor="x")
    figure.update_layout(hovermode="closest", legend_itemsizing="constant")
    return figure


def _mark(name: str, spare: palette.Mark) -> palette.Mark:
    recipe = recipe_in(name)
    return palette.recipe(recipe) if recipe else spare


def _dots(figure: go.Figure, label: str, points: Any, mark: palette.Mark, size: int) -> None:
    real = mark is palette.REAL
    ink = palette.soft(mark.ink, palette.DOTS) if real else mark.ink
    figure.add_trace(
        go.Scatter(
            x=points[:, 0],
            y=points[:, 1],
            name=f"{label} ({len(points):,})",
            mode="markers",
            marker={
                "color": ink.light, "symbol": mark.symbol, "size": size,
                "line": {"color": palette.RULE.light, "width": 0 if real else 1},
            },
            hovertemplate=f"{label}<extra></extra>",
        )
    )  # fmt: skip

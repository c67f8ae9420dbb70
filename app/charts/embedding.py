"""One class in two dimensions, with two batches of it marked."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from app import palette
from app.charts.frame import frame

METHODS = {"pca": "PCA", "umap": "UMAP", "tsne": "t-SNE"}
Positions = npt.NDArray[np.int64]


def embedding(points: npt.NDArray[np.float32], representative: Positions, random: Positions, method: str) -> go.Figure:
    """points [n, 2]; the batches are positions in 0..n-1. `customdata` carries the position, for hover and lasso."""
    name = METHODS[method]
    figure = frame(f"{name} 1 (no unit)", f"{name} 2 (no unit)")
    _dots(figure, "all real images of the class", points, np.arange(len(points)), palette.REAL, 6)
    _dots(figure, "representative batch", points, representative, palette.REPRESENTATIVE, 10)
    _dots(figure, "random batch", points, random, palette.RANDOM, 8)
    figure.update_xaxes(showticklabels=False, showline=False)
    figure.update_yaxes(showticklabels=False, showgrid=False, scaleanchor="x")
    figure.update_layout(hovermode="closest", dragmode="lasso", legend_itemsizing="constant")
    return figure


def _dots(figure: go.Figure, label: str, points: Any, which: Positions, mark: palette.Mark, size: int) -> None:
    ink = palette.soft(mark.ink, palette.DOTS) if mark is palette.REAL else mark.ink
    cross = mark.symbol == "x"  # thin, so that an image in both batches shows both marks
    figure.add_trace(
        go.Scatter(
            x=points[which, 0],
            y=points[which, 1],
            customdata=which,
            name=f"{label} ({len(which):,})",
            mode="markers",
            marker={
                "color": ink.light, "symbol": "x-thin" if cross else mark.symbol, "size": size,
                "line": {"color": ink.light, "width": 2 if cross else 0},
            },
            hovertemplate="image %{customdata}<extra></extra>",
        )
    )  # fmt: skip

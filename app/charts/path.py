"""The synthetic images of a class among its real ones, at one step, with where they began."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from app import palette
from app.charts.frame import frame
from engine.config import RunConfig

Points = npt.NDArray[np.float32]


def way(real: Points, now: Points, first: Points, config: RunConfig) -> go.Figure:
    """real [n, 2], now and first [m, 2], in one plane. `customdata` of real images carries the position, for hover and lasso."""
    figure = frame("PCA 1 (no unit)", "PCA 2 (no unit)")
    _dots(figure, "Real images", real, {"color": palette.soft(palette.REAL.ink, palette.CLOUD).light, "symbol": palette.REAL.symbol, "size": 5},
          customdata=list(range(len(real))), hovertemplate="real image %{customdata}<extra></extra>")  # fmt: skip
    between = np.stack([first, now, np.full_like(now, np.nan)], 1).reshape(-1, 2)
    figure.add_trace(go.Scatter(x=_column(between, 0), y=_column(between, 1), mode="lines", hoverinfo="skip", showlegend=False,
                                line={"width": 1, "color": palette.soft(palette.INITIAL.ink, palette.DOTS).light}))  # fmt: skip
    _dots(
        figure,
        "Where they began",
        first,
        _mark(palette.INITIAL, 7),
        hovertemplate="synthetic image %{pointNumber}, began here<extra></extra>",
    )
    _dots(
        figure,
        "Synthetic images",
        now,
        _mark(palette.synthetic(config.recipe), 12),
        hovertemplate="synthetic image %{pointNumber}<extra></extra>",
    )
    figure.update_xaxes(showticklabels=False, showline=False, **_range(real, now, first, 0))
    figure.update_yaxes(showticklabels=False, showgrid=False, **_range(real, now, first, 1))
    figure.update_layout(hovermode="closest", dragmode="lasso", legend_itemsizing="constant")
    return figure


def _mark(mark: palette.Mark, size: int) -> dict[str, object]:
    return {"color": mark.ink.light, "symbol": mark.symbol, "size": size, "line": {"color": mark.ink.light, "width": 2}}


def _dots(figure: go.Figure, label: str, points: Points, marker: dict[str, object], **how: object) -> None:
    figure.add_trace(go.Scatter(x=_column(points, 0), y=_column(points, 1), name=f"{label} ({len(points):,})", mode="markers",
                                marker=marker, **how))  # fmt: skip


def _column(points: Points, which: int) -> list[float | None]:
    return [None if np.isnan(value) else round(float(value), 4) for value in points[:, which]]


def _range(real: Points, now: Points, first: Points, which: int) -> dict[str, list[float]]:
    """Room for all, in steps of a tenth of the real images' width, so that the axes do not crawl with every step."""
    values = np.concatenate([real[:, which], now[:, which], first[:, which]])
    low, high = float(real[:, which].min(initial=0)), float(real[:, which].max(initial=0))
    unit = max((high - low) / 10, 1e-6)
    return {
        "range": [float(np.floor(values.min() / unit - 0.5) * unit), float(np.ceil(values.max() / unit + 0.5) * unit)]
    }

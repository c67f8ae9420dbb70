"""How hard the images of one class pull at the network, and where batches of it lie among them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from app import palette
from app.charts.embedding import Batch, Norms
from app.charts.frame import axis_title, frame, metric_title
from app.charts.table import sentence

FEWEST, MOST = 6, 24  # bars; between them the square root of the number of images
Values = npt.NDArray[np.float64]


def gradient_histogram(norms: Norms, batches: Sequence[Batch]) -> go.Figure:
    """norms [n], NaN = not measured. Bars: share of the class's images; lines: shares of the batches' images, in the same bins,
    so that bars and lines can be compared whatever their sizes."""
    figure = frame(metric_title("gradient.norm"), axis_title("Share of images", "%"))
    known = norms[np.isfinite(norms)].astype(float)
    if not len(known):
        return figure
    edges = np.histogram_bin_edges(known, min(max(round(len(known) ** 0.5), FEWEST), MOST))
    figure.add_trace(
        go.Bar(
            x=(edges[:-1] + edges[1:]) / 2, y=_shares(known, edges), width=np.diff(edges), name="Class",
            marker={"color": palette.soft(palette.REAL.ink, palette.DOTS).light, "line": {"width": 0}},
            hovertemplate="%{y:.1f} % of the class<extra></extra>",
        )
    )  # fmt: skip
    for batch in batches:
        _outline(figure, batch, norms[batch.positions].astype(float), edges)
    figure.update_layout(bargap=0)
    figure.update_yaxes(rangemode="tozero")
    return figure


def _outline(figure: go.Figure, batch: Batch, values: Values, edges: Values) -> None:
    """Along the bins; the first and the last point lie on the axis, so that the outline is closed."""
    shares = _shares(values[np.isfinite(values)], edges)
    ink = batch.mark.ink.light
    figure.add_trace(
        go.Scatter(
            x=np.concatenate([edges[:1], edges]), y=np.concatenate([[0.0], shares, [0.0]]), name=sentence(batch.name), mode="lines",
            line={"color": ink, "dash": batch.mark.dash, "width": 2, "shape": "hv"},
            hovertemplate=f"%{{y:.1f}} % of the {batch.name}<extra></extra>",
        )
    )  # fmt: skip


def _shares(values: Values, edges: Values) -> Values:
    """Percent of the values in each bin."""
    counts, _ = np.histogram(values, edges)
    return 100 * counts / max(len(values), 1)

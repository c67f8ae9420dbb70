"""One class in two or three dimensions, with some of its images marked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from app import palette
from app.charts.frame import frame, metric_title
from app.charts.table import sentence

METHODS = {"pca": "PCA", "umap": "UMAP", "tsne": "t-SNE"}
FADED = 0.25  # opacity
DENSE = 1000  # more images than that are drawn paler
ALL = "All real images of the class"
SOLID = {  # what is drawn in three dimensions for symbols that are not known there, or that few fonts have
    "x": "cross", "x-thin": "cross", "circle-dot": "circle-open", "diamond-cross": "diamond-open", "triangle-up": "diamond",
    "triangle-down": "diamond-open", "star": "square-open", "hexagon": "circle-open", "pentagon": "square",
}  # fmt: skip

Points = npt.NDArray[np.float32]
Positions = npt.NDArray[np.int64]
Norms = npt.NDArray[np.float32]


class Batch(NamedTuple):
    """Some images of the class: their positions in 0..n-1, and how they are marked. `faint` = no more than an outline."""

    name: str
    positions: Positions
    mark: palette.Mark
    faint: bool = False


def embedding(
    points: Points,
    batches: Sequence[Batch],
    method: str,
    cluster: Positions | None = None,
    norms: Norms | None = None,
    selected: Collection[int] = (),
) -> go.Figure:
    """points [n, 2 or 3]. Coloured by cluster [n], or by gradient norm [n] (NaN = not measured), or plain where neither is given;
    batches are then outlined instead of filled. `customdata` carries the position, for hover and lasso; the `selected` positions
    stand out."""
    figure = _space(method) if points.shape[1] == 3 else _plane(method)
    every, words = np.arange(len(points)), _words(cluster, norms)
    if cluster is not None:
        marks = [palette.class_mark(int(c)) for c in cluster]
        inks = {"color": [mark.ink.light for mark in marks], "symbol": [mark.symbol for mark in marks], "size": 8}
        _dots(figure, ALL, points, every, inks, words)
    elif norms is not None:
        _by_norm(figure, points, norms, words)
    else:
        _dots(figure, ALL, points, every, _plain(points))
    outlined = cluster is not None or norms is not None
    for number, batch in enumerate(batches):
        _dots(figure, sentence(batch.name), points, batch.positions, _look(batch, outlined, 12 - 2 * number), words)
    if selected:
        _stand_out(figure, np.fromiter(selected, np.int64), points.shape[1])
    return figure


def _stand_out(figure: go.Figure, wanted: Positions, dimensions: int) -> None:
    """In space plotly selects nothing: all but the marks drawn last fade, where these are the ones that are wanted."""
    if dimensions == 2:
        for trace in figure.data:
            trace.selectedpoints = np.flatnonzero(np.isin(trace.customdata, wanted)).tolist()
    elif np.array_equal(np.sort(figure.data[-1].customdata), np.sort(wanted)):
        for trace in figure.data[:-1]:
            trace.opacity = FADED


def _plane(method: str) -> go.Figure:
    figure = frame(f"{METHODS[method]} 1 (no unit)", f"{METHODS[method]} 2 (no unit)")
    figure.update_xaxes(showticklabels=False, showline=False)
    figure.update_yaxes(showticklabels=False, showgrid=False, scaleanchor="x")
    figure.update_layout(hovermode="closest", dragmode="lasso", clickmode="event+select", legend_itemsizing="constant")
    return figure


def _space(method: str) -> go.Figure:
    figure = frame("", "")
    font = {"size": 12, "color": palette.TEXT.light}
    axis = {
        "showticklabels": False,
        "gridcolor": palette.RULE.light,
        "showbackground": False,
        "zeroline": False,
        "showspikes": False,
    }
    axes = {
        f"{letter}axis": axis | {"title": {"text": f"{METHODS[method]} {number}", "font": font}}
        for number, letter in enumerate("xyz", 1)
    }
    figure.update_layout(
        scene=axes | {"aspectmode": "cube", "dragmode": "orbit"},
        hovermode="closest",
        margin={"l": 0, "r": 0, "b": 0},
        legend_itemsizing="constant",
        xaxis=None,
        yaxis=None,
    )
    return figure


def _words(cluster: Positions | None, norms: Norms | None) -> list[str]:
    """What hovering says of each image besides its number; empty for nothing."""
    if cluster is not None:
        return [f"cluster {number}" for number in cluster]
    if norms is not None:
        return [f"gradient norm {norm:.3g}" if np.isfinite(norm) else "gradient norm not measured" for norm in norms]
    return []


def _by_norm(figure: go.Figure, points: Points, norms: Norms, words: Sequence[str]) -> None:
    """Dots from the scale's low end to its high one; the few largest norms share the last colour."""
    known = np.flatnonzero(np.isfinite(norms))
    if len(known) < len(norms):
        _dots(figure, "Not measured", points, np.flatnonzero(~np.isfinite(norms)), _plain(points), words)
    if not len(known):
        return
    low, high = (float(np.quantile(norms[known], share)) for share in (0.02, 0.98))
    bar = {"title": {"text": metric_title("gradient.norm"), "side": "right", "font": {"size": 12, "color": palette.TEXT.light}},
           "thickness": 10, "outlinewidth": 0, "tickfont": {"size": 12, "color": palette.TEXT.light}, "len": 0.8}  # fmt: skip
    inks = {"color": norms[known].astype(float), "colorscale": [[i, ink] for i, ink in enumerate(palette.SCALE)],
            "cmin": low, "cmax": high, "colorbar": bar, "size": 8}  # fmt: skip
    _dots(figure, ALL, points, known, inks, words)


def _plain(points: Points) -> dict[str, Any]:
    """Small and pale, paler where there are so many that they lie over each other; in space, where WebGL washes pale ink out, full."""
    plane, dense = points.shape[1] == 2, len(points) > DENSE
    ink = palette.soft(palette.REAL.ink, palette.DOTS if dense else palette.CLOUD) if plane else palette.REAL.ink
    return {"color": ink.light, "symbol": palette.REAL.symbol, "size": 6}


def _look(batch: Batch, outlined: bool, size: int) -> dict[str, Any]:
    """Thin crosses and outlines, so that an image in two batches shows both marks."""
    symbol, ink = batch.mark.symbol, batch.mark.ink.light
    if symbol == "x":
        symbol = "x-thin"
    elif outlined or batch.faint:
        symbol = f"{symbol.removesuffix('-dot')}-open" + ("-dot" if symbol.endswith("-dot") else "")
    line = 2 if symbol == "x-thin" or "-open" in symbol else 0
    return {"color": ink, "symbol": symbol, "size": size, "line": {"color": ink, "width": line}}


def _dots(
    figure: go.Figure, label: str, points: Points, which: Positions, marker: dict[str, Any], words: Sequence[str] = ()
) -> None:
    name = f"{label} ({len(which):,})"
    hover = "image %{customdata}" + ("<br>%{text}" if words else "") + "<extra></extra>"
    same = {"customdata": which, "name": name, "mode": "markers", "hovertemplate": hover, "text": [words[i] for i in which] if words else None,
            "showlegend": isinstance(marker["color"], str)}  # fmt: skip
    x, y = points[which, 0], points[which, 1]
    if points.shape[1] == 2:
        figure.add_trace(go.Scatter(x=x, y=y, marker=marker, **same))
    else:
        figure.add_trace(go.Scatter3d(x=x, y=y, z=points[which, 2], marker=_solid(marker), **same))


def _solid(marker: dict[str, Any]) -> dict[str, Any]:
    """The same in three dimensions, where there are fewer symbols and each looks larger."""
    symbols = marker.get("symbol", "circle")
    names = [symbols] if isinstance(symbols, str) else symbols
    found = [SOLID.get(name, SOLID.get(name.removesuffix("-open"), name)) for name in names]
    return marker | {"symbol": found[0] if isinstance(symbols, str) else found, "size": 0.5 * marker["size"]}

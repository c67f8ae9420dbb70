"""The accuracy of a run as bars: random images, before distilling, distilled, everything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from app import palette
from app.charts.frame import axis_title, frame, lone
from engine.api import PublishedFigure
from engine.config import RunConfig
from engine.events import Score

ROW = 56  # pixels of a bar with its surroundings
AROUND = 96  # pixels of axis and label of the published line


class Bar(NamedTuple):
    """`what` is one of "random", "initial", "distilled", "full"."""

    what: str
    title: str
    score: Score


def bars(found: Sequence[Bar], config: RunConfig, published: PublishedFigure | None) -> go.Figure:
    """From top to bottom in the order given, from zero, with ± one standard deviation; what was published as a dashed line."""
    figure = frame(axis_title("Test accuracy", "%"), "")
    inks = [_mark(bar.what, config).ink for bar in found]
    figure.add_trace(
        go.Bar(
            orientation="h",
            x=[bar.score.mean for bar in found],
            y=[bar.title for bar in found],
            error_x={"type": "data", "array": [bar.score.std for bar in found], "thickness": 2, "width": 5, "color": palette.TEXT.light},
            marker={"color": [palette.soft(ink, palette.DOTS).light for ink in inks], "line": {"color": [ink.light for ink in inks], "width": 2}},
            width=0.62,
            hovertemplate="%{y}: %{x:.1f} %<extra></extra>",
        )
    )  # fmt: skip
    for bar in found:
        figure.add_annotation(
            x=0, y=bar.title, text=f"{bar.score.mean:.1f} ± {bar.score.std:.1f} %", showarrow=False, xanchor="left", xshift=8,
            font={"size": 14, "color": palette.PUBLISHED.ink.light},
        )  # fmt: skip
    if published:
        figure.add_vline(
            x=published.accuracy,
            line={"color": palette.PUBLISHED.ink.light, "dash": palette.PUBLISHED.dash, "width": 1.5},
            annotation={"text": f"Published {published.method} {published.accuracy:.1f} %", "yanchor": "bottom", "y": 1,
                        "xanchor": "right", "font": {"size": 12, "color": palette.PUBLISHED.ink.light}},
        )  # fmt: skip
    figure.update_xaxes(range=[0, 101], showgrid=True)
    figure.update_yaxes(autorange="reversed", showgrid=False, ticklabelstandoff=8)
    figure.update_layout(hovermode="closest", dragmode=False, height=AROUND + ROW * len(found))
    return lone(figure).update_layout(margin_t=28)


def _mark(what: str, config: RunConfig) -> palette.Mark:
    return {"random": palette.RANDOM, "initial": palette.INITIAL, "full": palette.REAL}.get(what) or palette.recipe(
        config.recipe
    )

"""How many images each class has."""

from __future__ import annotations

import html
from collections.abc import Sequence

import plotly.graph_objects as go

from app import palette
from app.charts.frame import frame

ROW, HEAD = 22, 84  # pixels of a class; of all around
SHORT = 24  # characters of a class's name on the axis


def counts(classes: Sequence[str], train: Sequence[int], test: Sequence[int]) -> go.Figure:
    """One horizontal bar per class, the first class on top: training images, and test images at its end, in outline. Numbers above:
    with many classes the figure scrolls."""
    figure = frame("Images", "")
    rows = list(range(len(classes)))
    ink = palette.REAL.ink.light
    for name, values, fill in (("training", train, ink), ("test", test, "rgba(0,0,0,0)")):
        figure.add_trace(
            go.Bar(
                x=list(values), y=rows, name=name, orientation="h", customdata=[html.escape(name, quote=False) for name in classes],
                marker={"color": fill, "line": {"color": ink, "width": 1}},
                hovertemplate=f"%{{customdata}}: %{{x:,}} {name}<extra></extra>",
            )
        )  # fmt: skip
    short = [name if len(name) <= SHORT else f"{name[: SHORT - 1]}…" for name in classes]
    names = [html.escape(name, quote=False) for name in short]  # plotly would take <b> for bold
    figure.update_xaxes(showgrid=True, showline=False, tickformat=",d", rangemode="tozero", side="top")
    figure.update_yaxes(
        showgrid=False, autorange="reversed", tickmode="array", tickvals=rows, ticktext=names, ticklabelstandoff=6
    )
    figure.update_layout(
        barmode="stack",
        bargap=0.3,
        hovermode="closest",
        dragmode=False,
        height=HEAD + ROW * len(rows),
        margin_l=12,
        legend={"traceorder": "normal", "yref": "container", "y": 1, "yanchor": "top"},
        margin_t=64,
    )
    return figure

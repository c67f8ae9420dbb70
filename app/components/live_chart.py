"""A figure that is updated in place and is sent what is new in it: zoom, hidden curves, a lasso and a drag under way outlive
every tick.

Streamlit's own plotly element is mounted anew whenever its data change, which loses all four, and is sent whole each time.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import plotly.graph_objects as go
import streamlit as st

from app.components import figures, lean

_chart = st.components.v2.component(
    "distillery_live_chart",
    html=figures.HTML,
    js=lean.LOADER,
    isolate_styles=False,  # plotly puts its style rules at the top of the document
)


class Sprite(NamedTuple):
    """Images in one sheet: its URL, or the name of a CSS property of the page that holds it (`--name`: it then travels once, however
    often the figure changes); the side of one image in pixels; images per row."""

    url: str
    side: int
    columns: int


def live_chart(
    figure: go.Figure | str,
    key: str,
    label: str,
    height: int = figures.HEIGHT,
    images: Sprite | None = None,
    select: bool = False,
) -> list[int]:
    """Show `figure` (or its JSON) under a stable `key`; `label` is what a screen reader says. With `images`, hovering a point
    shows the image at its `customdata`; with `select`, returns the `customdata` of the points inside a person's lasso.

    A figure whose `layout.meta` has a "cursor" shows the step that a person chose, see `app.charts.frame.cursor`."""
    text = figure if isinstance(figure, str) else str(figure.to_json())
    data = {"key": key, "height": height, "label": label, "select": select,
            "images": images._asdict() if images else None} | figures.pieces("live_chart") | figures.message(key, text)  # fmt: skip
    result: Any = _chart(
        key=key, data=lean.plain(data), on_selected_change=_nothing, on_whole_change=lambda: figures.forget(key)
    )
    selected: Any = result.get("selected")
    return [i for i in selected if isinstance(i, int)] if isinstance(selected, list) else []


def _nothing() -> None:
    """Streamlit wants a callback for every value that a component may set."""

"""A figure that is updated in place and is sent what is new in it: zoom, hidden curves, a lasso and a drag under way outlive
every tick.

Streamlit's own plotly element is mounted anew whenever its data change, which loses all four, and is sent whole each time.
"""

from __future__ import annotations

import filecmp
import json
from pathlib import Path
from typing import Any, NamedTuple

import plotly
import plotly.graph_objects as go
import streamlit as st

from app import palette
from app.components import lean, patches

SERVED = lean.STATIC / "plotly.min.js"
HEIGHT = 240
SENT, MOST_SENT = (
    "figures-sent",
    40,
)  # what the browser of this session has, figures by their key; the oldest are forgotten

_HTML = """
<div class="live-chart" role="group"><div class="plot"></div><div class="cursor" hidden></div><div class="thumb"></div>
<button class="menu-button" type="button" aria-haspopup="menu" aria-expanded="false">more_horiz</button>
<div class="menu" role="menu" hidden></div>
<p class="fault" hidden>This figure could not be loaded. Reload the page; if that does not help, restart the app.</p></div>
"""
_chart = st.components.v2.component(
    "distillery_live_chart",
    html=_HTML,
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
    height: int = HEIGHT,
    images: Sprite | None = None,
    select: bool = False,
) -> list[int]:
    """Show `figure` (or its JSON) under a stable `key`; `label` is what a screen reader says. With `images`, hovering a point
    shows the image at its `customdata`; with `select`, returns the `customdata` of the points inside a person's lasso.

    A figure whose `layout.meta` has a "cursor" shows the step that a person chose, see `app.charts.frame.cursor`."""
    text = figure if isinstance(figure, str) else str(figure.to_json())
    pieces = lean.pieces("live_chart", f"const SWAP = {json.dumps(palette.swap())}\n")
    data = {"key": key, "height": height, "label": label, "plotly": plotly_url(), "select": select,
            "images": images._asdict() if images else None} | pieces | message(key, text)  # fmt: skip
    result: Any = _chart(key=key, data=data, on_selected_change=_nothing, on_whole_change=lambda: forget(key))
    selected: Any = result.get("selected")
    return [i for i in selected if isinstance(i, int)] if isinstance(selected, list) else []


def message(key: str, text: str) -> dict[str, Any]:
    """What has to be sent for the browser to have the figure `text` (JSON): see `patches.advance`."""
    sent: dict[str, patches.Sent] = st.session_state.setdefault(SENT, {})
    before = sent.pop(key, None)
    sent[key], found = patches.advance(before, text)
    while len(sent) > MOST_SENT:
        sent.pop(next(iter(sent)))
    return found


def forget(key: str) -> None:
    """The browser has lost the figure, or never had it: it is sent whole next."""
    st.session_state.get(SENT, {}).pop(key, None)


def _nothing() -> None:
    """Streamlit wants a callback for every value that a component may set."""


@st.cache_resource(show_spinner=False)
def plotly_url() -> str:
    """Where the browser gets plotly.js from: this server, copied once out of the installed wheel."""
    source = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    if not SERVED.exists() or not filecmp.cmp(source, SERVED, shallow=False):
        copy_whole(source, SERVED)
    return f"{lean.base()}/app/static/{SERVED.name}?v={plotly.__version__}"


def copy_whole(source: Path, target: Path) -> None:
    """`target` appears only once it is complete."""
    lean.write_whole(source.read_bytes(), target)

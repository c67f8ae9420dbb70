"""A figure that is updated in place: zoom, hidden curves and a drag under way outlive every tick.

Streamlit's own plotly element is mounted anew whenever its data change, which loses all three.
"""

from __future__ import annotations

import filecmp
import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import plotly
import plotly.graph_objects as go
import streamlit as st

from app import palette

HERE = Path(__file__).parent
SERVED = HERE.parent / "static" / "plotly.min.js"
HEIGHT = 240

_HTML = """
<div class="live-chart"><div class="plot"></div><div class="thumb"></div>
<p class="fault" hidden>This figure could not be loaded. Reload the page; if that does not help, restart the app.</p></div>
"""
_chart = st.components.v2.component(
    "distillery_live_chart",
    html=_HTML,
    css=(HERE / "live_chart.css").read_text(encoding="utf-8"),
    js=(HERE / "live_chart.js").read_text(encoding="utf-8"),
    isolate_styles=False,  # plotly puts its style rules at the top of the document
)


class Sprite(NamedTuple):
    """Images in one sheet: a data URL, the side of one image in pixels, images per row."""

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
    shows the image at its `customdata`; with `select`, returns the `customdata` of the points inside a person's lasso."""
    text = figure if isinstance(figure, str) else str(figure.to_json())
    data = {
        "figure": text,
        "version": hashlib.blake2b(text.encode(), digest_size=8).hexdigest(),
        "height": height,
        "label": label,
        "plotly": plotly_url(),
        "swap": palette.swap(),
        "images": images._asdict() if images else None,
        "select": select,
    }
    result: Any = _chart(key=key, data=data, on_selected_change=_nothing)
    selected: Any = result.get("selected")
    return [i for i in selected if isinstance(i, int)] if isinstance(selected, list) else []


def _nothing() -> None:
    """Streamlit wants a callback for every value that a component may set."""


@st.cache_resource(show_spinner=False)
def plotly_url() -> str:
    """Where the browser gets plotly.js from: this server, copied once out of the installed wheel."""
    source = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    if not SERVED.exists() or not filecmp.cmp(source, SERVED, shallow=False):
        copy_whole(source, SERVED)
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"{'/' + base if base else ''}/app/static/{SERVED.name}?v={plotly.__version__}"


def copy_whole(source: Path, target: Path) -> None:
    """`target` appears only once it is complete."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=target.name)
    with os.fdopen(handle, "wb") as file:
        file.write(source.read_bytes())
    Path(name).chmod(0o644)
    Path(name).replace(target)

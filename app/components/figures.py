"""What every live figure is made of on this side: its script, plotly.js, and what the browser already has of it.

A figure is sent whole once, then only what is new in it (`patches`); figures.js draws it.
"""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from app import palette
from app.charts.library import BASIC, WHOLE
from app.components import lean, patches

HEIGHT = 240  # CSS pixels
SENT = "figures-sent"  # figures by their key, as the browser of this session has them
MOST_SENT = 40  # the oldest are forgotten

HTML = """
<div class="live-chart" role="group"><div class="plot"></div><div class="cursor" hidden></div><div class="thumb"></div>
<button class="menu-button" type="button" aria-haspopup="menu" aria-expanded="false">more_horiz</button>
<div class="menu" role="menu" hidden></div>
<p class="fault" hidden>This figure could not be loaded. Reload the page; if that does not help, restart the app.</p></div>
"""


def pieces(stem: str) -> dict[str, Any]:
    """What a component `stem` that draws figures is given besides them: {"code", "style", "plotly": {"basic", "whole"}}."""
    swap = f"const SWAP = {json.dumps(palette.swap())}\n"
    return lean.pieces(stem, "figures", preface=swap) | {"plotly": plotly_urls()}


@st.cache_resource(show_spinner=False)
def plotly_urls() -> dict[str, str]:
    """Where the browser gets plotly.js from, this server: the build for curves and bars, and that for everything else."""
    return {name: lean.copied(file) for name, file in {"basic": BASIC, "whole": WHOLE}.items()}


def message(key: str, text: str) -> dict[str, Any]:
    """What has to be sent for the browser to have the figure `text` (JSON): see `patches.advance`."""
    sent: dict[str, patches.Sent] = st.session_state.setdefault(SENT, {})
    before = sent.pop(key, None)
    sent[key], found = patches.advance(before, text)
    while len(sent) > MOST_SENT:
        sent.pop(next(iter(sent)))
    return found


def forget(*keys: str) -> None:
    """The browser has lost these figures, or never had them: they are sent whole next."""
    for key in keys:
        st.session_state.get(SENT, {}).pop(key, None)

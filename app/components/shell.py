"""What surrounds every page: keys that work anywhere, the list of them under `?`, a word when a run has ended."""

from __future__ import annotations

import time
from typing import Any

import streamlit as st

from app import palette
from app.components import figures, lean
from app.parts.shortcuts import SHORTCUTS
from engine import api
from engine.errors import DistilleryError

LISTEN = 4.0  # seconds between two looks for runs that have ended
MOST_KEPT = 8  # pieces of news that are sent along: a browser that slept may have missed some
_SINCE, _NEWS, _TOLD = "news-since", "news", "news-told"

_HTML = """
<div class="shell">
  <button class="help" type="button" aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)" aria-haspopup="dialog">?</button>
  <span class="readonly" hidden>Read-only: look at everything, change nothing</span>
  <div class="news" role="status" aria-live="polite"></div>
  <dialog class="keys" aria-labelledby="keys-title">
    <form method="dialog"><h2 id="keys-title">Keyboard shortcuts</h2><button aria-label="Close" title="Close (Esc)">close</button></form>
    <div class="tables"></div>
    <p class="notify"><button type="button">Tell me on this computer when a run ends</button><span></span></p>
  </dialog>
</div>
"""
_shell = st.components.v2.component(
    "distillery_shell",
    html=_HTML,
    js=lean.LOADER,
    isolate_styles=False,  # the style sheet is fetched once, for the document
)


def shell() -> None:
    """Once per page, by the entry script. Looks for news by itself as long as the page is open."""
    with st.container(key="shell-place"):
        st.fragment(_look, run_every=LISTEN, key="shell-live")()


def _look() -> None:
    try:
        news = _news()
    except DistilleryError:
        news = []  # the page itself says what is wrong with the workspace
    told = {"shortcuts": [s._asdict() for s in SHORTCUTS], "news": news, "readonly": api.readonly()}
    data = told | {"ahead": _ahead()} | lean.pieces("shell")
    _shell(key="shell", data=lean.plain(data))


def _ahead() -> dict[str, Any]:
    """What the browser may read while nobody waits for it."""
    board = figures.pieces("chart_board")
    return {
        "plotly": board["plotly"]["basic"],
        "scripts": [board["code"], *(lean.pieces(stem)["code"] for stem in ("steps", "image_grid"))],
    }


def _news() -> list[dict[str, Any]]:
    """The runs that ended while this page was open, newest last, each in a person's words."""
    since: float = st.session_state.setdefault(_SINCE, time.time())
    told: set[tuple[str, float]] = st.session_state.setdefault(
        _TOLD, {(e.id, e.finished) for e in api.ended_since(since)}
    )
    news: list[dict[str, Any]] = st.session_state.setdefault(_NEWS, [])
    st.session_state[_SINCE] = time.time()
    for ended in reversed(api.ended_since(since)):
        if (ended.id, ended.finished) not in told:
            told.add((ended.id, ended.finished))
            state = palette.STATES[ended.state]
            news.append({"key": f"{ended.id}-{ended.finished}", "id": ended.id, "name": ended.name, "word": state.word,
                         "icon": state.icon, "ink": list(state.ink)})  # fmt: skip
    del news[:-MOST_KEPT]
    return list(news)

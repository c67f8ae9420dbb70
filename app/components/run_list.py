"""The list of runs: a row each, updated in place; selection lives in the browser, a click opens the run's page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

from app import palette
from app.components import lean

HERE = Path(__file__).parent
KEY, PAGE = "runs", "page"
MOST = 1000  # runs that one click may be about

_HTML = """
<div class="list">
  <div class="head"><label class="pick"><input type="checkbox"></label><span class="count" role="status"></span><span class="bulk"></span></div>
  <div class="runs" role="list"></div>
  <p class="none" hidden></p>
  <nav class="pager" aria-label="Pages of the list" hidden><button data-go="first" aria-label="First page">first_page</button><button data-go="prev" aria-label="Previous page">chevron_left</button><span></span><button data-go="next" aria-label="Next page">chevron_right</button><button data-go="last" aria-label="Last page">last_page</button></nav>
</div>
"""
_list = st.components.v2.component(
    "distillery_runs",
    html=_HTML,
    css=(HERE / "run_list.css").read_text(encoding="utf-8"),
    js=lean.script("run_list"),
)

_pictures = st.components.v2.component(
    "distillery_run_pictures", html="<span></span>", js=(HERE / "run_pictures.js").read_text(encoding="utf-8")
)


class Act(NamedTuple):
    """What a person has just asked for, of which runs."""

    action: str
    ids: tuple[str, ...]


class Shown(NamedTuple):
    """One page of the list: rows as `app/views/runs/rows.py` makes them, their pictures as data URLs by the row's key, the words
    above them ("12 of 130 runs"), and what is said where there is no row."""

    rows: Sequence[dict[str, Any]]
    pictures: Mapping[str, str]
    said: str
    none: str = ""
    page: int = 1
    pages: int = 1
    readonly: bool = False


def run_list(shown: Shown) -> Act | None:
    """Shows it. Gives what a person has just asked for: "edit", "pin", "unpin", "pause", "stop", "resume", "delete" or "tag", with the
    ids of runs as the browser knew them, of which some may be gone. Other pages (a run's own, the launch form for a clone, the
    comparison) it opens by itself; the page of the list that is asked for is kept in the address as `PAGE`.
    """
    data = shown._asdict() | {"states": _states()}
    pictures = data.pop("pictures")  # a hundred kilobytes: in a message of their own, sent again only when they change
    result: Any = _list(
        key=KEY, data=lean.plain(data), on_act_change=lambda: None, on_open_change=lambda: None, on_page_change=_turn
    )
    _pictures(key="run-pictures", data=lean.plain({"pictures": pictures}))
    return sent(result.get("act"))


def page_number() -> int:
    """What the address says, 1 where it says nothing that is a number."""
    text = st.query_params.get(PAGE, "")
    return max(1, int(text)) if text.isascii() and text.isdecimal() and len(text) < 7 else 1


def first_page() -> None:
    """Back to the beginning: for callbacks of whatever changes the list."""
    st.query_params.pop(PAGE, None)


def _turn() -> None:
    """Keeps the page that was asked for in the address."""
    state: Any = st.session_state.get(KEY) or {}
    number = state.get("page")
    if isinstance(number, int) and number > 1:
        st.query_params[PAGE] = str(number)
    else:
        first_page()


def sent(act: object) -> Act | None:
    """What came from the browser, if it has the right form."""
    if not isinstance(act, dict) or not isinstance(act.get("action"), str) or not isinstance(act.get("ids"), list):
        return None
    ids = tuple(run_id for run_id in act["ids"][:MOST] if isinstance(run_id, str))
    return Act(act["action"], ids) if ids else None


def opened() -> frozenset[str]:
    """The groups that a person has opened."""
    state: Any = st.session_state.get(KEY) or {}
    groups = state.get("open")
    return frozenset(group for group in groups if isinstance(group, str)) if isinstance(groups, list) else frozenset()


def _states() -> dict[str, dict[str, str]]:
    return {name: {"icon": s.icon, "light": s.ink.light, "dark": s.ink.dark} for name, s in palette.STATES.items()}

"""The page in tabs; only the open one is made."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.parts import guard
from app.views.engine import about, processes, storage, waiting

TICK = 2.0  # seconds


def page() -> None:
    """Work (live), storage, logs, versions."""
    st.html(Path(__file__).with_name("engine.css"))
    st.header("Engine", anchor=False)
    st.caption("What works behind the pages. Everything goes on when this window is closed.")
    parts = {"Work": _work, "Storage": storage.panel, "Logs": about.logs, "Versions": about.versions}
    tabs = st.tabs(list(parts), key="tab", on_change="rerun", bind="query-params")
    for tab, show in zip(tabs, parts.values(), strict=True):
        if tab.open:
            with tab:
                show()


def _work() -> None:
    st.fragment(_live, run_every=TICK, key="engine-live")()


def _live() -> None:
    guard.show_fault()
    processes.panel()
    waiting.panel()

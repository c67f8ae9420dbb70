"""The parts of the page Compare; only the open one is made."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.views.compare import differences, images_panel, overlay_panel, sweep_panel, target_panel
from app.views.compare.selection import Selection
from app.views.compare.units import units
from engine import api

RUN, GROUP = "Runs", "Groups of seeds"
PARTS = {
    "Curves": overlay_panel.panel,
    "Settings": differences.panel,
    "Images": images_panel.panel,
    "Target": target_panel.panel,
    "Sweep": sweep_panel.panel,
}
BY_RUN = frozenset({"Images", "Sweep"})  # parts that show runs, never groups


def parts(selection: Selection) -> None:
    """Runs or groups, and the tabs; the address keeps both choices."""
    st.html(Path(__file__).with_name("compare.css"))
    above = st.container()
    tabs = st.tabs(list(PARTS), key="part", on_change="rerun", bind="query-params")
    by_run = any(tab.open for tab, name in zip(tabs, PARTS, strict=True) if name in BY_RUN)
    with above:
        chosen = units(selection.runs, not by_run and _grouped(selection))
    for tab, show in zip(tabs, PARTS.values(), strict=True):
        if tab.open:
            with tab:
                show(chosen)


def _grouped(selection: Selection) -> bool:
    """Whether seeds are joined. Asked only where there is something to join."""
    if len(api.groups(selection.runs)) == len(selection.runs):
        return False
    return st.segmented_control(
        "Compare", [RUN, GROUP], default=GROUP if selection.by_group else RUN, required=True, key="by", bind="query-params", persist_state="page",
        help="A group joins the chosen runs that differ by their seed alone: their mean, with its spread.",
    ) == GROUP  # fmt: skip

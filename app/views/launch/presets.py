"""Named starting points as cards: the demo first, then the recipes of each dataset."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.views.launch import launch_form
from app.views.launch.launch_form import DEMO
from engine import api

ABREAST = 3  # buttons in a row: the paper's three methods, then their older hosts


def cards(chosen: str) -> None:
    """One card for the demo and one per dataset with published figures; a click fills the form."""
    presets = {preset["name"]: preset for preset in api.presets()}
    titles = {entry["name"]: entry for entry in api.datasets()}
    recipes = {entry["name"]: entry["title"] for entry in api.recipes()}
    by_dataset: dict[str, list[dict[str, Any]]] = {}
    for preset in presets.values():
        if preset["name"] != DEMO:
            by_dataset.setdefault(preset["settings"]["dataset"], []).append(preset)
    with st.grid("auto", min_column_width=270, key="presets"):
        if DEMO in presets:
            _card(presets[DEMO]["title"], presets[DEMO]["summary"], {DEMO: "Use the demo"}, chosen)
        for dataset, group in by_dataset.items():
            names = {preset["name"]: recipes[preset["settings"]["recipe"]] for preset in group}
            _card(titles[dataset]["title"], titles[dataset]["summary"], names, chosen)


def _card(title: str, summary: str, names: dict[str, str], chosen: str) -> None:
    with st.container(border=True, height="stretch", gap="small"):
        st.markdown(f"**{title}**")
        st.caption(summary)
        st.space("stretch")
        with st.grid(min(ABREAST, len(names)), min_column_width=64, gap="xsmall"):
            for name, label in names.items():
                _button(name, label, name == chosen)


def _button(name: str, label: str, chosen: bool) -> None:
    st.button(label, key=f"preset-{name}", type="primary" if chosen else "secondary", width="stretch",
              on_click=launch_form.take_preset, args=(name,))  # fmt: skip

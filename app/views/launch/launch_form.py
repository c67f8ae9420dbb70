"""The form of a new run, made from the settings themselves: `engine.config.SETTINGS` says what there is."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from app.views.launch import draft, fields, method_strip, state
from engine.config import SECTIONS, SETTINGS, TASK, RunConfig

DEMO = state.DEMO
FIRST = ("dataset", "ipc", "factor")
IN_STRIP = ("recipe", "host")  # with the switches


def form(config: RunConfig, problems: Mapping[str, str]) -> None:
    """The task and the method open, the rest folded unless something in it needs attention."""
    st.subheader("Task", anchor=False)
    _fields(TASK, config, problems)
    method_strip.strip(config, problems)
    st.subheader("Settings", anchor=False)
    st.caption("All of them follow from the dataset and the recipe until you change them.")
    mine = draft.own(state.given())
    for section in SECTIONS[1:]:
        names = _names(section)
        wrong = [name for name in names if name in problems]
        own = [name for name in names if name in mine]
        several = [name for name in names if name in state.varied()]
        note = f" · :red[{len(wrong)} to mend]" if wrong else f" · {len(own)} changed" if own else ""
        note += f" · {len(several)} varied" if several else ""
        with st.expander(f"{section}{note}", expanded=bool(wrong or several or own), key=f"section-{section}"):
            _fields(section, config, problems)


def _names(section: str) -> list[str]:
    """Settings of a section, those that matter most first."""
    names = [name for name in SETTINGS if SETTINGS[name].section == section and name not in IN_STRIP]
    return sorted(names, key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST))


def _fields(section: str, config: RunConfig, problems: Mapping[str, str]) -> None:
    with st.grid(3, min_column_width=210, key=f"fields-{section}"):
        for name in _names(section):
            fields.field(name, config, problems.get(name, ""), below=SETTINGS[name].help if section == TASK else None)

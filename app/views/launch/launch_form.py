"""The form of a new run, made from the settings themselves: `engine.config.SETTINGS` says what there is."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from app.views.launch import draft, fields, method_strip, sections, state
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
    mine, lists = draft.own(state.given()), state.varied()
    found = {name: sections.noted(_names(name), problems, mine, lists) for name in SECTIONS[1:]}
    for name, now in found.items():
        place, is_open = sections.section(name, now)
        if is_open:
            with place:
                _fields(name, config, problems)
    sections.notes(found)


def _names(section: str) -> list[str]:
    """Settings of a section, those that matter most first."""
    names = [name for name in SETTINGS if SETTINGS[name].section == section and name not in IN_STRIP]
    return sorted(names, key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST))


def _fields(section: str, config: RunConfig, problems: Mapping[str, str]) -> None:
    with st.grid(3, min_column_width=210, key=f"fields-{section}"):
        for name in _names(section):
            fields.field(name, config, problems.get(name, ""), below=SETTINGS[name].help if section == TASK else None)

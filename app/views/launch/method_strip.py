"""The method as a host and three switches; the named recipe follows."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from app.views.launch import fields, method, state
from engine import api
from engine.config import RunConfig
from engine.recipes import RECIPES


def strip(config: RunConfig, problems: Mapping[str, str]) -> None:
    """Host + RM + Init + BM = recipe."""
    st.subheader("Method", anchor=False)
    with st.container(border=True, key="method"):
        parts = st.grid(5, min_column_width=124, key="method-parts")
        with parts:
            fields.field("host", config, problems.get("host", ""), below=config.framework.summary)
            for name in method.SWITCHES:
                _switch(name, config)
        with parts.cell(column_span="all" if "recipe" in state.varied() else 1):  # the names of several need room
            fields.field("recipe", config, problems.get("recipe", ""), below="")
        st.caption(_meaning(config))


def _switch(name: str, config: RunConfig) -> None:
    """One of the three: its name, its state, one sentence."""
    one, key = method.SWITCHES[name], f"switch-{name}"
    nothing = config.host == method.NO_MATCHING
    several = bool({"recipe", "host", one.setting} & set(state.varied()))
    with st.container(key=f"part-{name}", gap="xsmall"):
        st.session_state[key] = method.is_on(config, name) and not nothing
        st.toggle(f"**{one.title}** {one.words}", key=key, on_change=_turned, args=(name,), disabled=nothing or several)
        st.caption("As each run of the list has it." if several else one.help)


def _turned(name: str) -> None:
    state.switch(name, bool(st.session_state[f"switch-{name}"]))


def _meaning(config: RunConfig) -> str:
    """What the switches come to, in a sentence."""
    if several := sorted({"recipe", *method.PARTS} & set(state.varied())):
        return f"A run for each {' and '.join(several)} in the list."
    found = method.named(method.parts(config))
    if found:
        return f"**{RECIPES[found].title}.** {RECIPES[found].summary}"
    base = RECIPES[config.recipe].title
    return (
        f"**{api.method_title(config)}**, a combination of your own: no paper has named it. Whatever the switches do not decide is "
        f"as in {base}."
    )

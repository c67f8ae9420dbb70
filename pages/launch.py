"""A new run: start from a preset or a run, change what you like, see what it will cost, launch."""

from __future__ import annotations

import streamlit as st

from app.parts import guard
from app.views.launch import draft, launch_form, presets
from app.views.launch.launch_summary import summary

st.header("New run", anchor=False)
if sentence := launch_form.start():
    guard.show(sentence)
st.caption("Start from one of these; everything can be changed below.")
presets.cards(st.session_state[launch_form.PRESET])

given = launch_form.given()
config = draft.whole(given)
problems = draft.problems(given) | st.session_state.get(launch_form.REFUSED, {})

form, aside = st.columns([5, 3], gap="large")
with form:
    launch_form.form(config, problems)
with aside:
    summary(config, problems)

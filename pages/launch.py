"""A new run, or many: start from a preset, a run or a link, change what you like, see what it will cost, launch."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.parts import guard
from app.views import launch as views
from app.views.launch import launch_form, own_images, presets, state, sweep_panel
from app.views.launch.launch_summary import NAME, summary

st.html(Path(views.__file__).with_name("launch.css"))
st.header("New run", anchor=False)
for sentence in state.start():
    guard.show(sentence)
st.caption("Start from one of these and change what you like. **Vary** gives a setting several values: a run for each.")
presets.cards(state.preset())

plan, config, problems = sweep_panel.considered(str(st.session_state.get(NAME, "")))
form, aside = st.columns([5, 3], gap="large")
with form:
    own_images.section(config)
    launch_form.form(config, problems)
with aside:
    summary(config, problems, plan)

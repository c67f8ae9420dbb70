"""Why representative batches work: one class of a run, all its real images in the plane or in space, two batches of it side by side."""

from __future__ import annotations

import streamlit as st

from app.parts import chosen, guard
from app.views.sampling import study
from engine import api

st.header("Sampling", anchor=False)
st.caption(
    "A batch of real images should stand for its whole class. Compare two ways to pick one, on one class and one network."
)
run = chosen.run_from_picker()

with guard.told():
    if classes := api.class_names(run.id):
        study.study(run, study.controls(run, classes))
    else:
        st.caption("This run has not read its data yet; its classes appear here as soon as it has.")

"""One run: how far it is, its curves, its images at any step, its results, settings and log."""

from __future__ import annotations

import streamlit as st

from app.parts import chosen, curve_panel, details, image_panel, run_header, scores, steps
from app.parts.live import keep_up

run = chosen.run_from_url()

st.page_link("../pages/runs.py", label="All runs", icon=":material/arrow_back:")
keep_up(run_header.header, run, "header")
keep_up(scores.strip, run, "scores")

curves, images = st.columns([3, 2], gap="large")
with curves:
    keep_up(curve_panel.panel, run, steps.CURVES)
with images, st.container(key="run-images"):
    st.markdown("**Synthetic images**", help="One group per class. Step 0 is the initialisation, before any matching.")
    keep_up(image_panel.panel, run, steps.IMAGES)

details.details(run)

"""One run: how far it is, its curves, its images at any step, its results, settings and log."""

from __future__ import annotations

import streamlit as st

from app.components import steps
from app.parts import chosen, engine_room, places, scores
from app.parts.live import FIGURES, keep_up
from app.views.run import curve_panel, details, image_panel, run_header

run = chosen.run_from_url()
engine_room.wake([run])

with st.container(horizontal=True, horizontal_alignment="distribute"):
    st.page_link(places.RUNS, label="All runs", icon=":material/arrow_back:")
    st.page_link(
        places.SAMPLING, label="Sampling of this run", icon=":material/scatter_plot:", query_params={"id": run.id}
    )
keep_up(run_header.header, run, "header")
keep_up(scores.strip, run, "scores")

curves, images = st.columns([3, 2], gap="large")
with curves:
    keep_up(curve_panel.panel, run, steps.CURVES, every=FIGURES)
with images, st.container(key="run-images"):
    st.markdown("**Synthetic images**", help="One group per class. Step 0 is the initialisation, before any matching.")
    keep_up(image_panel.panel, run, steps.IMAGES, every=FIGURES)

details.details(run)

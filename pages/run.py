"""One run: how far it is, its curves and images at any step, its results, settings and log."""

from __future__ import annotations

import streamlit as st

from app.components import steps
from app.parts import chosen, engine_room, places, scores
from app.parts.live import FIGURES, keep_up
from app.views.run import curve_controls, curve_panel, details, image_panel, one_image, run_header, step_bar

run = chosen.run_from_url()
engine_room.wake([run])

with st.container(horizontal=True, vertical_alignment="center", key="run-top"):
    st.page_link(places.RUNS, label="All runs", icon=":material/arrow_back:")
    st.space("stretch")
    run_header.labels(run)
    st.page_link(
        places.SAMPLING, label="Sampling of this run", icon=":material/scatter_plot:", query_params={"id": run.id}
    )
run_header.header(run)
keep_up(run_header.progress, run, "progress")
run_header.notes(run)
scores.strip(run)

moves = curve_panel.has_curves(run)
if moves:
    with st.container(key="run-steps"):
        keep_up(step_bar.bar, run, steps.STEPS, every=FIGURES)
curves, images = st.columns([3, 2], gap="large") if moves else (st.container(), st.container())
with curves:
    if moves:
        curve_controls.controls()
    keep_up(curve_panel.panel, run, steps.CURVES, every=FIGURES)
with images, st.container(key="run-images"):
    keep_up(image_panel.panel, run, steps.IMAGES, every=FIGURES)

details.details(run)
one_image.open_from_url(run)

"""Runs against networks: every accuracy that was measured, and the missing ones for the asking."""

from __future__ import annotations

import streamlit as st

from app.parts import guard
from app.views.evaluate import evaluate_page

st.header(
    "Evaluate",
    anchor=False,
    help="Images that were distilled through one network should teach others too. A row is a run, a column a network that was "
    "trained from scratch on the run's images alone and tested on the real test set.",
)
with guard.told():
    evaluate_page.page()

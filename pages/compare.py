"""Several runs in one figure: curves, settings, images and how soon each reaches a target."""

from __future__ import annotations

import streamlit as st

from app.parts import guard
from app.views.compare import comparison, selection

st.header("Compare", anchor=False)
chosen = selection.choose()
with guard.told():
    comparison.parts(chosen)

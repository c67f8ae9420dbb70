"""Several runs in one figure: curves, settings, images and how soon each reaches a target."""

from __future__ import annotations

import streamlit as st

st.header("Compare", anchor=False)

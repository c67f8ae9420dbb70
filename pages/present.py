"""The story of one run, told on the full screen."""

from __future__ import annotations

import streamlit as st

st.header("Present", anchor=False)

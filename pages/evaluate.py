"""Runs against networks: every accuracy that was measured, and the missing ones for the asking."""

from __future__ import annotations

import streamlit as st

st.header("Evaluate", anchor=False)

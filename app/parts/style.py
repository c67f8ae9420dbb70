"""The few rules of layout that Streamlit's theme has no option for, and the logo."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

ASSETS = Path(__file__).parents[2] / "assets"
RULES = Path(__file__).with_name("style.css")


def apply() -> None:
    """Once per script run, before anything is shown."""
    st.logo(str(ASSETS / "logo.svg"), size="large")
    st.html(RULES)

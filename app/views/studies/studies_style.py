"""Rules of layout that only the pages of studies need."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

RULES = Path(__file__).with_name("studies.css")


def apply() -> None:
    """Once per script run of such a page."""
    st.html(RULES)

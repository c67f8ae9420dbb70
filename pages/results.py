"""What was reached: every method's accuracy here beside the published one, with all that stands behind a number."""

from __future__ import annotations

import streamlit as st

from app.views.results import results_page

st.header("Results", anchor=False)
st.caption("What the methods reach on this machine, beside what the papers report.")
results_page.page()

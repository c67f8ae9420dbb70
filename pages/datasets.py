"""What there is to distil: installed datasets, downloads, own images."""

from __future__ import annotations

import streamlit as st

st.header("Datasets", anchor=False)

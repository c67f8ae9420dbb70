"""The machine behind the pages: queue, devices, storage, logs, versions."""

from __future__ import annotations

import streamlit as st

st.header("Engine", anchor=False)

"""How a run's curves are drawn: one choice for all of them, kept in the address and for the other runs of this session."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from app.charts.axes import AXES, LOOPS
from app.charts.frame import LIGHT, SMOOTH


class Look(NamedTuple):
    """One of `AXES`, one of `SMOOTH`, and whether losses have a logarithmic axis."""

    axis: str = LOOPS
    smooth: str = LIGHT
    log: bool = False


def controls() -> None:
    """One row: x-axis, smoothing, log losses."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="curve-controls"):
        st.selectbox("X-axis", list(AXES), key="x", bind="query-params", persist_state="session", width=236,
                     help="\n\n".join(f"**{name}**: {axis.help}" for name, axis in AXES.items()))  # fmt: skip
        st.segmented_control("Smoothing", list(SMOOTH), default=LIGHT, required=True, key="smooth", bind="query-params", persist_state="session",
                             help="A moving average in front of the pale values themselves; light smooths only curves of more than 200 values.")  # fmt: skip
        st.toggle(
            "Log losses",
            key="log",
            bind="query-params",
            persist_state="session",
            help="Both losses on a logarithmic axis.",
        )


def look() -> Look:
    """What was chosen."""
    state = st.session_state
    axis, smooth = str(state.get("x") or LOOPS), str(state.get("smooth") or LIGHT)
    return Look(axis if axis in AXES else LOOPS, smooth if smooth in SMOOTH else LIGHT, bool(state.get("log")))

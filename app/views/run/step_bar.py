"""The step control of a run's page, over everything that follows it."""

from __future__ import annotations

import streamlit as st

from app.components import steps
from app.views.run.details import EMBEDDING
from engine import api
from engine.api import Run


def bar(run: Run) -> None:
    """Nothing while there is nothing to choose from."""
    if have := api.snapshots(run.id):
        follows_too = st.session_state.get("tab") == EMBEDDING
        steps.control(run.id, have, run.total, (steps.IMAGES, steps.EMBEDDING) if follows_too else (steps.IMAGES,))

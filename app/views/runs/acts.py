"""What a click in the list does, to one run or to many."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from app.components.run_list import Act
from app.parts import guard, undo
from app.views.runs import labels, rows
from engine import api
from engine.api import Run
from engine.errors import DistilleryError

ACTIONS: dict[str, Callable[[str], object]] = {"pause": api.pause, "stop": api.stop, "resume": api.resume}
"""Those that a run's state allows or not, besides delete."""
PINS = {"pin": True, "unpin": False}


def act(asked: Act, known: Mapping[str, Run]) -> None:
    """Does it, then shows the page as it is afterwards. Runs that are gone, or whose state no longer allows it, are left out."""
    runs = [known[run_id] for run_id in asked.ids if run_id in known]
    if runs:
        _change(asked.action, runs)
    st.rerun()


def _change(action: str, runs: Sequence[Run]) -> None:
    if action in ("tag", "edit"):
        labels.ask([run.id for run in runs])
    elif action in PINS:
        guard.attempt(_each, lambda run: api.pin(run.id, PINS[action]), runs)
    elif allowed := [run for run in runs if action in rows.actions(run)]:
        if action == "delete":
            guard.attempt(undo.delete, *allowed)
        elif action in ACTIONS:
            guard.attempt(_each, lambda run: ACTIONS[action](run.id), allowed)


def _each(change: Callable[[Run], object], runs: Sequence[Run]) -> None:
    """All of them, whatever happens to one; then raises what went wrong first."""
    faults: list[DistilleryError] = []
    for run in runs:
        try:
            change(run)
        except DistilleryError as error:
            faults.append(error)
    if faults:
        raise faults[0]

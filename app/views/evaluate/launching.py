"""Asking for the cells that a person has chosen: one task per run, with all of its networks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app.parts import guard, words
from app.views.evaluate.cells import EVALUATE, Protocol
from app.views.evaluate.tiles import Open
from engine import api
from engine.api import Run
from engine.config import NETWORKS

_TURN = "evaluate-turn"


def turn() -> int:
    """Counts what was asked for: afterwards nothing is chosen any more."""
    return int(st.session_state.setdefault(_TURN, 0))


def button(chosen: Open, protocol: Protocol, repeats: int) -> None:
    """'Evaluate 6 missing cells (about 12 min)'."""
    if not chosen:
        st.caption(
            "Choose missing cells, then evaluate them with one click. The work goes on when this page is closed."
        )
        return
    runs = by_run(chosen)
    count = f"{len(chosen)} missing cell{'' if len(chosen) == 1 else 's'}"
    asked = {run_id: _params(networks, protocol, repeats) for run_id, (_, networks) in runs.items()}
    seconds = [api.evaluation_seconds(runs[run_id][0].config, params) for run_id, params in asked.items()]
    about = f" (about {words.roughly(sum(s or 0.0 for s in seconds))})" if None not in seconds else ""
    st.button(f"Evaluate {count}{about}", type="primary", icon=":material/play_arrow:", on_click=_launch,
              args=(asked,), key="evaluate-go")  # fmt: skip


def by_run(chosen: Open) -> dict[str, tuple[Run, list[str]]]:
    """Run -> the networks that it is to be evaluated with."""
    found: dict[str, tuple[Run, list[str]]] = {}
    for network, runs in chosen.values():
        for run in runs:
            found.setdefault(run.id, (run, []))[1].append(network)
    return {run_id: (run, sorted(networks, key=NETWORKS.index)) for run_id, (run, networks) in found.items()}


def _params(networks: list[str], protocol: Protocol, repeats: int) -> dict[str, Any]:
    return {"networks": networks, "protocol": protocol.name, "epochs": protocol.epochs, "repeats": repeats}


def _launch(asked: Mapping[str, Mapping[str, Any]]) -> None:
    """`asked`: run -> the parameters of its task."""
    for run_id, params in asked.items():
        guard.attempt(api.request, EVALUATE, run_id, params)
    st.session_state[_TURN] = turn() + 1

"""The list of runs: one row each, updated in place, a click opens the run's page."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from app import palette
from app.parts import pictures, words
from engine import api
from engine.api import Run
from engine.errors import DistilleryError

HERE = Path(__file__).parent
PICTURE_IMAGES = 4  # shown in the tiny picture of a run, 2 x 2

_list = st.components.v2.component(
    "distillery_runs",
    html='<div class="runs" role="list"></div>',
    css=(HERE / "run_list.css").read_text(encoding="utf-8"),
    js=(HERE / "run_list.js").read_text(encoding="utf-8"),
)


def run_list(runs: list[Run]) -> dict[str, str] | None:
    """Shows the rows. When a person has just clicked: {"id", "action"}, the action one of "open", "pause", "stop",
    "resume", "clone", "delete"."""
    rows = [row(run) for run in runs]
    result: Any = _list(key="runs", data={"rows": rows, "states": _states()}, on_act_change=lambda: None)
    act: dict[str, str] | None = result.get("act")
    return act if act and any(run.id == act.get("id") for run in runs) else None


def row(run: Run, now: float | None = None) -> dict[str, Any]:
    """One row as the browser gets it: words, no numbers to format."""
    config = run.config
    return {
        "id": run.id,
        "name": run.name,
        "state": run.state,
        "dataset": config.spec.title,
        "recipe": words.recipe(config),
        "mark": list(palette.recipe(config.recipe).ink),
        "ipc": f"ipc {config.ipc}",
        "progress": round(run.progress, 3),
        "left": left(run),
        "accuracy": words.accuracy(run.accuracy),
        "age": words.age(run.created, now or time.time()),
        "picture": _newest_picture(run.id),
        "actions": actions(run),
    }


def left(run: Run) -> str:
    """The last words of the progress: time left, or how long it took, or why there is none."""
    if run.state == "finished":
        return f"took {words.duration(run.seconds)}"
    if run.state == "queued":
        return "waiting for its turn"
    if run.is_live:
        return f"{words.duration(run.eta)} left" if run.eta is not None else run.phase or "starting"
    return f"at {run.step:,} / {run.total:,}"


def actions(run: Run) -> list[str]:
    """What its state allows, in the order of the menu."""
    if run.state == "stopping":
        return ["clone"]
    if run.is_live:
        return ["pause", "stop", "clone"]
    return [*(["resume"] if run.state != "finished" else []), "clone", "delete"]


def _newest_picture(run_id: str) -> str:
    try:
        have = api.snapshots(run_id)
        return _picture(run_id, have[-1]) if have else ""
    except DistilleryError:
        return ""  # the run's page says what is wrong with its files


@st.cache_data(max_entries=512, show_spinner=False)
def _picture(run_id: str, step: int) -> str:
    """Four images spread over the classes, as a data URL. Raises NotFound, Damaged."""
    images = api.snapshot(run_id, step)
    which = np.unique(np.linspace(0, len(images) - 1, PICTURE_IMAGES).round().astype(int))
    return pictures.data_url(pictures.sheet(images[which], 2, gap=0))


def _states() -> dict[str, dict[str, str]]:
    return {
        name: {"word": s.word, "icon": s.icon, "light": s.ink.light, "dark": s.ink.dark}
        for name, s in palette.STATES.items()
    }

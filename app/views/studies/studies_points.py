"""Synthetic images of two runs among the real ones of a class, in one plane: asked of the engine, never computed here."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import streamlit as st

from app.charts.embedding import METHODS
from app.charts.studies.distribution import distribution
from app.components.live_chart import live_chart
from app.parts import answers, guard, words
from engine import api
from engine.api import Run, Task
from engine.errors import NotFound

KIND, HEIGHT = "distribution", 520
_ASKED = "study-points"


class Cloud(NamedTuple):
    """points [n, 2]; group [n]: 0 real, 1 and 2 the synthetic images of the two runs."""

    points: npt.NDArray[np.float32]
    group: npt.NDArray[np.int64]


def method() -> str:
    """How points are laid out; the address keeps the choice."""
    return str(st.segmented_control("Embedding", list(METHODS), format_func=METHODS.__getitem__, default="tsne", required=True,
                                    key="method", bind="query-params"))  # fmt: skip


def show(runs: tuple[Run, Run], names: tuple[str, str], label: int, how: str) -> None:
    """The answer to a "distribution" task about the first run; until it is there, how far it is."""
    first, other = runs
    task = _task(first.id, {"other": other.id, "label": label, "method": how, "seed": first.config.seed})
    if task.is_live:
        st.fragment(_waiting, run_every=1.0, key="study-points-waiting")(task.id)
    elif task.state == "finished":
        _cloud(task, names, how)
    else:
        guard.show(task.error or f"The task was {task.state}.")
        st.button("Try again", on_click=_forget, icon=":material/refresh:")


def _cloud(task: Task, names: tuple[str, str], how: str) -> None:
    found, result = read(str(task.folder), task.id), task.result
    st.markdown(
        f"**{result['count']:,} real images of class “{words.plain(str(result['class']))}” and two synthetic sets, by {METHODS[how]}**",
        help="Features of a network trained on the real data; images with similar features lie close together. The axes have no unit.",
    )
    figure = distribution(found.points, found.group, names, how)
    live_chart(figure, f"study-points-{task.id}", "Synthetic images among real ones", HEIGHT)
    st.caption("Look at how far the marks of each method reach: a good set covers the cloud, not its edge alone.")


def _task(run_id: str, params: dict[str, Any]) -> Task:
    """Asked for once in a session: a task that failed would fail again."""
    asked: dict[str, str] = st.session_state.setdefault(_ASKED, {})
    key = json.dumps([run_id, params], sort_keys=True)
    if key in asked:
        try:
            return api.task(asked[key])
        except NotFound:
            del asked[key]
    task = api.request(KIND, run_id, params)
    asked[key] = task.id
    return task


def _forget() -> None:
    st.session_state.pop(_ASKED, None)


def _waiting(task_id: str) -> None:
    with guard.told():
        task = api.task(task_id)
        if not task.is_live:
            st.rerun()
        st.progress(task.done / task.total if task.total else 0.0, text=(task.phase or "waiting for the engine").capitalize())  # fmt: skip
        st.skeleton(HEIGHT)


@st.cache_data(max_entries=24, show_spinner=False)
def read(folder: str, task_id: str) -> Cloud:
    """The file of a finished "distribution" task. Raises Damaged."""
    remedy = "choose another class, or delete '{folder}'"
    return Cloud(*answers.arrays(folder, "distribution", Cloud._fields, task_id, remedy))

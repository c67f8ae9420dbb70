"""Synthetic images of two runs among the real ones of a class, in one plane: asked of the engine, never computed here."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import streamlit as st

from app.charts.embedding import METHODS
from app.charts.studies.distribution import distribution
from app.components.live_chart import live_chart
from app.parts import answers, asked, words
from engine.api import Run, Task

KIND, HEIGHT = "distribution", 520


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
    params = {"other": other.id, "label": label, "method": how, "seed": first.config.seed}
    task = asked.ask(KIND, first.id, params, content=[first.state, other.state])  # anew when either has come to its end
    if task.is_live:
        asked.waiting(task, "study-points-waiting")
        st.skeleton(HEIGHT)
    elif task.state == "finished":
        _cloud(task, names, how)
    else:
        asked.unanswered(task, "study-points-again")


def _cloud(task: Task, names: tuple[str, str], how: str) -> None:
    found, result = read(str(task.folder), task.id), task.result
    st.markdown(
        f"**{result['count']:,} real images of class “{words.plain(str(result['class']))}” and two synthetic sets, by {METHODS[how]}**",
        help="Features of a network trained on the real data; images with similar features lie close together. The axes have no unit.",
    )
    figure = distribution(found.points, found.group, names, how)
    live_chart(figure, f"study-points-{task.id}", "Synthetic images among real ones", HEIGHT)
    st.caption("Look at how far the marks of each method reach: a good set covers the cloud, not its edge alone.")


@st.cache_data(max_entries=24, show_spinner=False)
def read(folder: str, task_id: str) -> Cloud:
    """The file of a finished "distribution" task. Raises Damaged."""
    remedy = "choose another class, or delete '{folder}'"
    return Cloud(*answers.arrays(folder, "distribution", Cloud._fields, task_id, remedy))

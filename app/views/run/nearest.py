"""The real image nearest to each synthetic one: asked of the engine, read from the file of its task."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import streamlit as st

from app.parts import answers, asked
from engine.api import Run, Task

_UNDER_WAY = "nearest-under-way"
HELP = ("The training image of the same class with the smallest L2 distance: the root of the summed squared differences of pixels in "
        "[0, 1]. 0 would be a copy. Of a decoded image's tiles the closest counts.")  # fmt: skip


class Nearest(NamedTuple):
    """Of every stored image: its nearest real one uint8 [n, C, H, W], that one's position in the training set, the L2 distance,
    and which tile came closest."""

    images: npt.NDArray[np.uint8]
    indices: npt.NDArray[np.int64]
    distances: npt.NDArray[np.float32]
    tiles: npt.NDArray[np.int64]


def task(run: Run, step: int) -> Task:
    """The work for the images at a kept step; they never change, so that the answer holds for good. One at a time: while
    another step is worked on, that one's."""
    under_way: str = st.session_state.get(_UNDER_WAY, "")
    if under_way.startswith(f"{run.id} ") and (before := asked.known(under_way.split()[1])) and before.is_live:
        return before
    found = asked.ask("nearest", run.id, {"step": step})
    st.session_state[_UNDER_WAY] = f"{run.id} {found.id}"
    return found


def found(done: Task) -> Nearest:
    """The answer of a finished one. Raises Damaged."""
    return _read(str(done.folder), done.id)


@st.cache_data(max_entries=32, show_spinner=False)
def _read(folder: str, task_id: str) -> Nearest:
    remedy = "delete '{folder}' and ask again"
    return Nearest(*answers.arrays(folder, "nearest", Nearest._fields, task_id, remedy))

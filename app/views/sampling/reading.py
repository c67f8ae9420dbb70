"""The file of a finished "sampling" task, read once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import streamlit as st

from app.charts.embedding import Norms, Points, Positions
from app.components.live_chart import Sprite
from app.parts import answers, pictures

SHEET_COLUMNS = 64  # images per row of the sheet that hovering shows images from
SHARP_BYTES = 3_000_000  # a sheet larger than this as PNG goes as JPEG: it is only hovered over


class Study(NamedTuple):
    """One class: points [n, 2 or 3], images uint8 [n, C, H, W], members [n] (positions in the training set, ascending), cluster
    [n], norms [n] (NaN = not measured), both batches as positions in 0..n-1."""

    points: Points
    images: npt.NDArray[np.uint8]
    members: Positions
    cluster: Positions
    norms: Norms
    left: Positions
    right: Positions


@st.cache_data(max_entries=24, show_spinner=False)
def read(folder: str, task_id: str) -> Study:
    """Raises Damaged."""
    remedy = "choose other parameters, or delete '{folder}'"
    return Study(*answers.arrays(folder, "study", Study._fields, task_id, remedy))


def sprite(folder: str, task_id: str) -> Sprite:
    """All images of the class in one sheet, which is put into the page beside the figure: sent again with every change of the
    figure, the megabytes of a large class would make each step of the run slow."""
    images, name = read(folder, task_id).images, f"--sheet-{task_id}"
    st.html(f"<style>:root {{ {name}: url({_sheet(folder, task_id)}); }}</style>")
    return Sprite(name, images.shape[-1], min(SHEET_COLUMNS, len(images)))


@st.cache_data(max_entries=24, show_spinner=False)
def _sheet(folder: str, task_id: str) -> str:
    """The data URL."""
    picture = pictures.sheet(read(folder, task_id).images, SHEET_COLUMNS, gap=0)
    url = pictures.data_url(picture)
    return url if len(url) <= SHARP_BYTES else pictures.data_url(picture, "JPEG")

"""What a study of one class shows: its real images in the plane, and two batches of it with their figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import safetensors.numpy
import streamlit as st
from safetensors import SafetensorError

from app.charts.embedding import METHODS, embedding
from app.components.live_chart import Sprite, live_chart
from app.parts import pictures
from engine.api import Task
from engine.errors import Damaged
from engine.metrics.catalog import METRICS

HEIGHT = 560
SHEET_COLUMNS = 64  # images per row of the sheet that hovering shows images from
SHARP_BYTES = 3_000_000  # a sheet larger than this as PNG goes as JPEG: it is only hovered over
MOST_SHOWN = 256  # images of a batch or of a lasso on the screen
BATCHES = {"representative": "Representative batch", "random": "Random batch"}


class Study(NamedTuple):
    """points [n, 2], images uint8 [n, C, H, W], both batches as positions in 0..n-1."""

    points: npt.NDArray[np.float32]
    images: npt.NDArray[np.uint8]
    representative: npt.NDArray[np.int64]
    random: npt.NDArray[np.int64]


def show(task: Task) -> None:
    """The answer of a finished "sampling" task."""
    data, result = read(str(task.folder), task.id), dict(task.result)
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.markdown(
            f"**All {result['count']:,} images of the class, by {METHODS[result['method']]}**", help=_explain(result)
        )
        figure = embedding(data.points, data.representative, data.random, result["method"])
        selected = live_chart(
            figure,
            f"embedding-{task.id}",
            "Embedding of one class",
            HEIGHT,
            sprite(str(task.folder), task.id),
            select=True,
        )
        st.caption("Each dot is a real image; hover to see it, draw around some to list them. Look at how the two batches cover the cloud: "
                   "representative picks reach every part of it, random ones pile up where it is dense.")  # fmt: skip
    with right:
        _verdict(result)
        for name, title in BATCHES.items():
            _batch(title, data.images[getattr(data, name)], result[name])
    if inside := [i for i in selected if 0 <= i < len(data.images)]:
        st.markdown(f"**Inside your lasso: {len(inside):,} images**")
        _images(data.images[inside], 24)


def _verdict(result: dict[str, Any]) -> None:
    """Which batch stands for the class better, in a sentence; below 5 % nobody should read anything into it."""
    good, plain = result["representative"]["mmd"], result["random"]["mmd"]
    if plain > 1.05 * good > 0:
        words = (
            f"The representative batch stands **{plain / good:.1f}× closer** to the whole class than the random one."
        )
    elif good > 1.05 * plain > 0:
        words = f"Here the random batch happens to stand {good / plain:.1f}× closer to the class; other clusters may differ."
    else:
        words = "Here both batches stand about equally close to the whole class."
    st.markdown(f"{words} (MMD²: smaller is closer.)")


def _batch(title: str, images: npt.NDArray[np.uint8], figures: dict[str, float]) -> None:
    st.markdown(f"**{title}** · {len(images)} images")
    with st.container(horizontal=True, gap="medium"):
        st.metric("MMD² to the class", f"{figures['mmd']:.4f}", help=METRICS["mmd.representative"].meaning)
        st.metric(
            "Spread",
            f"{figures['spread']:.3g}",
            help="Mean distance of the batch's features from their mean: how varied it is.",
        )
    _images(images, 16)


def _images(images: npt.NDArray[np.uint8], columns: int) -> None:
    """Up to `MOST_SHOWN` images, enlarged without smoothing."""
    shown = images[:MOST_SHOWN]
    picture = pictures.sheet(shown, min(columns, len(shown)))
    scale = max(1, round(32 / shown.shape[-1]))
    st.html(
        f'<div class="gallery"><img alt="{len(shown)} real images" src="{pictures.data_url(picture)}" style="width:{picture.width * scale}px"></div>'
    )
    if len(shown) < len(images):
        st.caption(f"The first {len(shown)} of {len(images):,}.")


def _explain(result: dict[str, Any]) -> str:
    return (
        f"Features: {result['features']}. The embedding puts images with similar features close together; its axes have no unit. "
        "A representative batch holds the image nearest to the centre of each k-means cluster, a random one as many drawn blindly."
    )


@st.cache_data(max_entries=24, show_spinner=False)
def read(folder: str, task_id: str) -> Study:
    """The file of a finished "sampling" task. Raises Damaged."""
    path = Path(folder) / "study.safetensors"
    try:
        found = safetensors.numpy.load_file(path)
        return Study(found["points"], found["images"], found["representative"], found["random"])
    except (OSError, KeyError, SafetensorError) as error:
        raise Damaged(
            f"The result of task {task_id} cannot be read back ({error}); choose other parameters, or delete '{path.parent}'."
        ) from None


@st.cache_data(max_entries=24, show_spinner=False)
def sprite(folder: str, task_id: str) -> Sprite:
    """All images of the class in one sheet."""
    images = read(folder, task_id).images
    picture = pictures.sheet(images, SHEET_COLUMNS, gap=0)
    url = pictures.data_url(picture)
    if len(url) > SHARP_BYTES:
        url = pictures.data_url(picture, "JPEG")
    return Sprite(url, images.shape[-1], min(SHEET_COLUMNS, len(images)))

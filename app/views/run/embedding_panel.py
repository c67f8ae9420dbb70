"""The tab Embedding of a run's page: its synthetic images among the real ones of a class, at the step that the control shows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import streamlit as st

from app.charts.path import way
from app.components import steps
from app.components.live_chart import Sprite, live_chart
from app.parts import answers, asked, guard, pictures, words
from engine import api
from engine.api import Run, Task

HEIGHT = 460
SHEET_COLUMNS = 64  # images per row of the sheet that hovering shows images from
SHARP_BYTES = 2_000_000  # a sheet larger than this as PNG goes as JPEG: it is only hovered over
MOST_SHOWN = 64  # images of a lasso on the screen
HELP = ("Features of a network trained on the real data, laid onto the two directions in which the real images differ most (PCA). The plane "
        "is that of the real images and never moves, so that steps can be compared.")  # fmt: skip


class Way(NamedTuple):
    """Real images of the class: points [n, 2], uint8 [n, C, H, W]. Synthetic ones: [s, m, 2] after `taken` [s] inner loops."""

    points: npt.NDArray[np.float32]
    images: npt.NDArray[np.uint8]
    taken: npt.NDArray[np.int64]
    synthetic: npt.NDArray[np.float32]


def panel(run: Run) -> None:
    """The class, and where its images are."""
    names = api.class_names(run.id)
    if not names or not api.snapshots(run.id):
        st.caption("There are no images yet; they come with the run's first inner loops.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="embedding-controls"):
        label = st.selectbox(
            "Class", range(len(names)), format_func=names.__getitem__, key="class", bind="query-params", width=180
        )
        if run.is_live:
            st.button(
                "Look again",
                on_click=asked.again,
                icon=":material/refresh:",
                help="The run has gone on: takes in its newest steps.",
            )

    def body() -> None:
        with guard.told():
            _answer(run, asked.ask("path", run.id, {"label": label}, content=run.state), names[label])

    body.__qualname__ = "embedding"
    st.fragment(body, key=steps.EMBEDDING)()


def _answer(run: Run, task: Task, name: str) -> None:
    if task.is_live:
        asked.waiting(task, "embedding-wait")
        st.skeleton(HEIGHT)
    elif task.state == "finished":
        _show(run, task, name)
    else:
        asked.unanswered(task, "embedding-again")


def _show(run: Run, task: Task, name: str) -> None:
    found = read(str(task.folder), task.id)
    number = list(found.taken).index(steps.nearest([int(step) for step in found.taken], steps.chosen(run.id)))
    st.markdown(f"**Class {name} at step {int(found.taken[number]):,}**", help=HELP)
    figure = way(found.points, found.synthetic[number], found.synthetic[0], run.config)
    inside = live_chart(figure, f"way-{task.id}", f"Synthetic images among the real ones, class {name}", HEIGHT,
                        sprite(str(task.folder), task.id), select=True)  # fmt: skip
    st.caption(
        "Move the step: the stars leave where they began and spread over the cloud. Hover over a real image to see it; draw around some to list them."
    )
    if chosen := [i for i in inside if 0 <= i < len(found.images)]:
        picture = pictures.sheet(found.images[chosen[:MOST_SHOWN]], 16)
        scale = max(1, round(32 / found.images.shape[-1]))
        alt = f"{words.many(min(len(chosen), MOST_SHOWN), 'real image')} inside the lasso"
        st.html(f'<div class="gallery"><img alt="{alt}" src="{pictures.data_url(picture)}" '
                f'style="width:{picture.width * scale}px"></div>')  # fmt: skip
        st.caption(
            f"Inside your lasso: {words.many(len(chosen), 'real image')}"
            + (f", the first {MOST_SHOWN} shown." if len(chosen) > MOST_SHOWN else ".")
        )


@st.cache_data(max_entries=16, show_spinner=False)
def read(folder: str, task_id: str) -> Way:
    """The file of a finished "path" task. Raises Damaged."""
    remedy = "delete '{folder}' and ask again"
    return Way(*answers.arrays(folder, "path", ("points", "images", "steps", "synthetic"), task_id, remedy))


@st.cache_data(max_entries=16, show_spinner=False)
def sprite(folder: str, task_id: str) -> Sprite:
    """The real images in one sheet."""
    images = read(folder, task_id).images
    picture = pictures.sheet(images, SHEET_COLUMNS, gap=0)
    url = pictures.data_url(picture)
    return Sprite(
        url if len(url) <= SHARP_BYTES else pictures.data_url(picture, "JPEG"),
        images.shape[-1],
        min(SHEET_COLUMNS, len(images)),
    )

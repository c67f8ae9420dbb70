"""The synthetic images of a run, class by class, at any step since the start."""

from __future__ import annotations

import html
import math

import streamlit as st

from app.components import steps
from app.parts import pictures
from app.parts.pictures import Images
from engine import api
from engine.api import Run

STORED, DECODED, CHANGE = "Stored", "Decoded", "Change since start"
CLASSES_PER_PAGE = 20
MOST_COLUMNS = 10  # images of a class side by side
SIZES = {1: 80, 2: 56, 5: 48, MOST_COLUMNS: 32}  # up to so many columns -> CSS pixels that an image should take
CAPTIONS = {
    STORED: "What is stored and exported: {count} per class, {side} × {side} pixels.",
    DECODED: "What networks are trained on: each stored image is cut into {tiles} tiles, each enlarged.",
    CHANGE: "Orange: lighter than at step 0. Blue: darker. Full colour stands for {most:.0%} of the range.",
}


def panel(run: Run) -> None:
    """The step control, the choice of view, the images."""
    have = api.snapshots(run.id)
    if not have:
        _waiting(run)
        return
    step = steps.control(run.id, have, run.total)
    views = [STORED, *([DECODED] if run.config.factor > 1 else []), CHANGE]
    view = st.segmented_control("View", views, default=STORED, required=True, key="view", label_visibility="collapsed")
    names = api.class_names(run.id) or tuple(str(i) for i in range(len(api.snapshot(run.id, step)) // run.config.ipc))
    first = _page(len(names))
    cells, caption = gallery(run.id, step, have[0], view or STORED, run.config.ipc, run.config.factor, names, first)
    st.html(cells)
    st.caption(caption)


@st.cache_data(max_entries=256, show_spinner=False)
def gallery(
    run_id: str, step: int, start: int, view: str, ipc: int, factor: int, names: tuple[str, ...], first: int
) -> tuple[str, str]:
    """HTML of one page of classes, and the caption. Raises NotFound, Damaged."""
    images, side, most = api.snapshot(run_id, step), 0, 0.0
    side = images.shape[-1]
    if view == CHANGE:
        images, most = pictures.difference(images, api.snapshot(run_id, start))
    each = images.reshape(len(names), ipc, *images.shape[1:])[first : first + CLASSES_PER_PAGE]
    shown = [pictures.decoded(group, factor) for group in each] if view == DECODED else list(each)
    caption = CAPTIONS[view].format(count=ipc, side=side, tiles=factor**2, most=most)
    return figures(list(zip(names[first:], shown, strict=False)), step), caption


def figures(groups: list[tuple[str, Images]], step: int) -> str:
    """HTML: one figure per class, its images enlarged by a whole factor without smoothing."""
    columns = columns_for(max(len(images) for _, images in groups))
    scale = max(1, round(next(size for most, size in SIZES.items() if columns <= most) / groups[0][1].shape[-1]))
    cells = [
        f'<figure><img alt="class {html.escape(name)}, step {step}" src="{pictures.data_url(picture)}" '
        f'style="width:{picture.width * scale}px"><figcaption>{html.escape(name)}</figcaption></figure>'
        for name, images in groups
        for picture in (pictures.sheet(images, columns),)
    ]
    return f'<div class="gallery">{"".join(cells)}</div>'


def columns_for(count: int) -> int:
    """Images of a class side by side: about square, without a gap in the last row where that is possible."""
    square = min(MOST_COLUMNS, math.ceil(math.sqrt(count)))
    return next((columns for columns in range(square, MOST_COLUMNS + 1) if count % columns == 0), square)


def _page(classes: int) -> int:
    """First class on show: many classes come in pages."""
    if classes <= CLASSES_PER_PAGE:
        return 0
    pages = -(-classes // CLASSES_PER_PAGE)
    return (st.pagination(pages, key="class-page") - 1) * CLASSES_PER_PAGE


def _waiting(run: Run) -> None:
    if run.is_live:
        st.skeleton(320)
        st.caption("The starting images appear as soon as the data are read.")
    else:
        st.caption("This run ended before it had any images.")

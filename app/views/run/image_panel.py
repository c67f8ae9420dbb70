"""The synthetic images of a run, class by class, at any step since the start."""

from __future__ import annotations

import math
from typing import NamedTuple

import streamlit as st

from app.components import steps
from app.components.image_grid import Group, group, image_grid
from app.parts import asked, guard, pictures
from app.parts.pictures import Images
from app.views.run import nearest
from engine import api
from engine.api import Run

STORED, DECODED, DIFFERENCE, NEAREST = "Stored", "Decoded", "Difference", "Nearest real"
CLASSES_PER_PAGE = 20
MOST_COLUMNS = 10  # images of a class side by side
SIZES = {1: 80, 2: 56, 5: 48, MOST_COLUMNS: 32}  # up to so many columns -> CSS pixels that an image should take
ZOOM = {"Small": 0.6, "Medium": 1.0, "Large": 2.0}
TITLES = {
    True: ("Synthetic images", "One group per class. Step 0 is the initialisation, before any matching."),
    False: ("Chosen images", "One group per class: real images, picked once."),
}  # by whether anything is matched
_LAST = "nearest-last"  # run, step and task of the comparison that was on show last
OPENED = "image"  # the part of the address that names the image looked at closely


class View(NamedTuple):
    """What is shown of a step: one of the views, and the step it is held against (for the difference)."""

    name: str
    base: int


def panel(run: Run) -> None:
    """The choice of view, the images of the chosen step."""
    have = api.snapshots(run.id)
    with st.container(horizontal=True, vertical_alignment="center", key="image-title"):
        title, meaning = TITLES[bool(run.config.outer)]
        st.markdown(f"**{title}**", help=meaning, width="content")
        zoom = _zoom() if have else ""
    if not have:
        _waiting(run)
        return
    step = steps.nearest(have, steps.chosen(run.id))
    with st.container(horizontal=True, vertical_alignment="bottom", key="image-controls"):
        view = _view(run, have)
    if shown := _contents(run, step, view):
        _show(run, view, shown, zoom)


def _zoom() -> str:
    """How large images are, one of `ZOOM`."""
    sizes = list(ZOOM)
    return st.segmented_control("Size", sizes, default="Medium", required=True, key="size", bind="query-params",
                                label_visibility="collapsed") or "Medium"  # fmt: skip


def _show(run: Run, view: View, shown: Contents, zoom: str) -> None:
    names = api.class_names(run.id) or tuple(str(i) for i in range(shown.classes(run.config.ipc)))
    first = _page(len(names))
    groups = gallery((run.id, shown.step, *view), names, run.config.ipc, first, shown)
    what = "" if view.name == STORED else view.name.lower()
    enlarged = scale(groups[0].columns, shown.side, zoom)
    opened = image_grid(f"grid-{run.id}", run.id, shown.step, what, shown.side, enlarged, groups)
    st.caption(shown.caption)
    if opened:
        st.query_params[OPENED] = opened
        st.rerun()


class Contents(NamedTuple):
    """Images to show: [n, C, H, W], so many `tiles` per stored image, of which step, and the words below them."""

    images: Images
    tiles: int
    step: int
    caption: str

    @property
    def side(self) -> int:
        return int(self.images.shape[-1])

    def classes(self, ipc: int) -> int:
        return len(self.images) // (ipc * self.tiles)


def _view(run: Run, have: list[int]) -> View:
    views = [
        STORED,
        *([DECODED] if run.config.factor > 1 else []),
        *([DIFFERENCE] if run.config.outer else []),
        NEAREST,
    ]
    name = (
        st.segmented_control(
            "View", views, default=STORED, required=True, key="view", bind="query-params", label_visibility="collapsed"
        )
        or STORED
    )
    if name != DIFFERENCE:
        return View(name, have[0])
    base = st.selectbox("Compared with", have, format_func=lambda s: "Initialisation" if s == have[0] else f"Step {s:,}", key="base",
                        bind="query-params", width=170)  # fmt: skip
    return View(name, base if base in have else have[0])


def _contents(run: Run, step: int, view: View) -> Contents | None:
    """None while the engine is at work on it, which is then said."""
    ipc, factor = run.config.ipc, run.config.factor
    if view.name == NEAREST:
        return _nearest(run, step)
    images = api.snapshot(run.id, step)
    if view.name == DECODED:
        words = (
            f"Decoded: what networks are trained on. Each stored image is cut into {factor**2} tiles, each enlarged."
        )
        return Contents(pictures.decoded(images, factor), factor**2, step, words)
    if view.name == DIFFERENCE:
        change, most = pictures.difference(images, api.snapshot(run.id, view.base))
        words = f"Difference from step {view.base:,}. Orange: lighter than it was there; blue: darker. Full colour: {most:.0%} of the range."
        return Contents(change, 1, step, words)
    side = images.shape[-1]
    words = f"What is stored and exported: {ipc} per class, {side} × {side} pixels. Click one to look closer."
    return Contents(images, 1, step, words)


def _nearest(run: Run, step: int) -> Contents | None:
    """While the engine is at work on this step, the last step that it was done with stays on show."""
    with guard.told():
        task = nearest.task(run, step)
        if task.is_live:
            asked.waiting(task, "nearest")
            return nearest_shown(run)
        if task.state == "finished":
            st.session_state[_LAST] = (run.id, step, task)
            return nearest_shown(run)
        asked.unanswered(task, "nearest-again")
    return None


def nearest_shown(run: Run) -> Contents | None:
    """The real images nearest to those of the step that was compared last. Raises Damaged."""
    run_id, step, task = st.session_state.get(_LAST, ("", 0, None))
    if run_id != run.id:
        st.skeleton(320)
        return None
    found = nearest.found(task)
    low, high = float(found.distances.min()), float(found.distances.max())
    words = f"The nearest real image of the same class to each of step {step:,}. L2 distances from {low:.2f} to {high:.2f}; click one to see both."
    return Contents(found.images, 1, step, words)


@st.cache_data(max_entries=96, show_spinner=False)
def gallery(  # "of" is what the cache tells them apart by
    of: tuple[object, ...],  # noqa: ARG001
    names: tuple[str, ...],
    ipc: int,
    first: int,
    _shown: Contents,
) -> list[Group]:
    """One page of classes. `of` names what `_shown` holds: it is drawn once."""
    each = _shown.images.reshape(len(names), ipc * _shown.tiles, *_shown.images.shape[1:])
    columns = columns_for(ipc * _shown.tiles)
    return [
        group(label, names[label], each[label], columns, _shown.tiles)
        for label in range(first, min(first + CLASSES_PER_PAGE, len(names)))
    ]


def scale(columns: int, side: int, zoom: str) -> int:
    """CSS pixels per pixel, a whole number, so that every pixel stays a square."""
    wanted = next((size for most, size in SIZES.items() if columns <= most), SIZES[MOST_COLUMNS])
    return max(1, round(wanted * ZOOM[zoom] / side))


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

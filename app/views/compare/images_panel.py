"""The part Images: one class of every run at the same step, side by side."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st

from app.components import steps
from app.parts import pictures, words
from app.parts.live import keep_up_all
from app.views.compare.units import MOST, Unit
from engine import api
from engine.api import Run

SIDE = 240  # CSS pixels that the images of one class should take, at most
LEAST_WIDTH = 150  # of a figure: its name needs room
MOST_COLUMNS = 10
KEY = "compare"  # of the step control: one for all runs


class Shown(NamedTuple):
    """What one run shows: the kept step nearest to the chosen one, and the class's number there."""

    run: Run
    label: str
    step: int
    number: int


def panel(units: Sequence[Unit]) -> None:
    """The class, the step, a figure per run."""
    shown = units[:MOST]
    classes = {unit.key: _classes(unit.runs[0]) for unit in shown}
    names = list(dict.fromkeys(name for some in classes.values() for name in some))
    if not names:
        st.caption("None of these runs has images yet.")
        return
    label = st.selectbox("Class", names, key="class", bind="query-params", width=220)
    by_id = {unit.key: unit for unit in shown}

    def images(now: list[Run]) -> None:
        have = {run.id: api.snapshots(run.id) for run in now if label in classes[run.id]}
        every = sorted({step for some in have.values() for step in some})
        if not every:
            st.skeleton(SIDE)
            st.caption("The starting images appear as soon as the data are read.")
            return
        step = steps.control(KEY, every, max(run.total for run in now), parts=(steps.IMAGES,))
        some = [
            Shown(run, by_id[run.id].label, min(have[run.id], key=lambda kept: abs(kept - step)), classes[run.id].index(str(label)))
            for run in now
            if have.get(run.id)
        ]  # fmt: skip
        st.html(f'<div class="gallery">{"".join(_figure(one, str(label), step) for one in some)}</div>')
        st.caption(_caption(some, step, [by_id[run.id].spoken for run in now if not have.get(run.id)]))

    keep_up_all(images, [unit.runs[0] for unit in shown], steps.IMAGES)
    if len(units) > MOST:
        st.caption(f"Only the first {MOST} of {len(units)} runs are shown.")


def _classes(run: Run) -> tuple[str, ...]:
    """Their names, numbers where the run has not written them; none without images."""
    have = api.snapshots(run.id)
    return api.class_names(run.id) or (tuple(map(str, range(_count(run, have[0])))) if have else ())


def _count(run: Run, step: int) -> int:
    return len(api.snapshot(run.id, step)) // run.config.ipc


@st.cache_data(max_entries=256, show_spinner=False)
def picture(run_id: str, step: int, number: int, ipc: int) -> tuple[str, int]:
    """One class at one step as a data URL, and its width in CSS pixels: enlarged by a whole factor, without smoothing. Raises
    NotFound, Damaged."""
    images = api.snapshot(run_id, step)[number * ipc : (number + 1) * ipc]
    square = max(1, round(len(images) ** 0.5))
    columns = next((c for c in range(square, MOST_COLUMNS + 1) if len(images) % c == 0), MOST_COLUMNS)
    sheet = pictures.sheet(images, columns)
    return pictures.data_url(sheet), sheet.width * max(1, SIDE // max(sheet.width, 2 * images.shape[-1]))


def _figure(one: Shown, label: str, wanted: int) -> str:
    address, width = picture(one.run.id, one.step, one.number, one.run.config.ipc)
    name = html.escape(one.label)
    at = f"step {one.step:,}" + ("" if one.step == wanted else ", the nearest kept")
    return (
        f'<figure style="width:{max(width, LEAST_WIDTH)}px"><img alt="{name}, class {html.escape(label)}, step {one.step}" src="{address}" '
        f'style="width:{width}px"><figcaption>{name}<br>{at}</figcaption></figure>'
    )


def _caption(shown: Sequence[Shown], step: int, without: Sequence[str]) -> str:
    said = [f"The same class after {words.many(step, 'inner loop')}: look at how clear and how varied they are."]
    if {one.step for one in shown} != {step}:
        said.append("A run that kept no images there shows the step nearest to it, which is named below its picture.")
    if without:
        said.append(f"No images of this class: {', '.join(without)}.")
    return " ".join(said)

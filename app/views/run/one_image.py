"""One synthetic image, looked at closely: large and pixel-sharp, then, now and newest, beside the real image nearest to it."""

from __future__ import annotations

import html
import re

import streamlit as st

from app.components import steps
from app.parts import asked, guard, pictures, sheet, words
from app.parts.pictures import Images
from app.views.run import nearest
from app.views.run.image_panel import OPENED
from engine import api
from engine.api import Run

LARGE = 150  # CSS pixels that an image should take


def open_from_url(run: Run) -> None:
    """The dialog, when the address names an image as `?image=<class>-<number>`."""
    asked_for = re.fullmatch(r"(\d{1,6})-(\d{1,6})", st.query_params.get(OPENED, ""), re.ASCII)
    have = api.snapshots(run.id)
    if not asked_for or not have:
        return
    label, number = int(asked_for[1]), int(asked_for[2])
    names = api.class_names(run.id)
    if label < len(names) and number < run.config.ipc:
        st.dialog(
            f"Class {words.plain(names[label])}, image {number + 1} of {run.config.ipc}",
            width="large",
            on_dismiss=_close,
        )(_body)(run, label, number)


def _close() -> None:
    st.query_params.pop(OPENED, None)


def _body(run: Run, label: int, number: int) -> None:
    with guard.told():
        have = api.snapshots(run.id)
        step, at = steps.nearest(have, steps.chosen(run.id)), label * run.config.ipc + number
        shown = _moments(have[0], step, have[-1])
        images = {title: api.snapshot(run.id, when)[at] for title, when in shown.items()}
        tiles = pictures.decoded(api.snapshot(run.id, step)[at][None], run.config.factor)
        figures = [_figure(title, image[None]) for title, image in images.items()]
        if run.config.factor > 1:
            figures.append(_figure(f"step {step:,}, decoded", tiles, run.config.factor))
        st.html(f'<div class="gallery">{"".join(figures)}</div>')
        _real(run, step, at, tiles)
        head = ("Pixels", "Least", "Mean", "Most", "Standard deviation")
        st.html(sheet.table(head, [_statistics(title, image) for title, image in images.items()]))


def _moments(first: int, step: int, newest: int) -> dict[str, int]:
    """The steps to show by their titles, each once."""
    notes = {first: ", the initialisation"} | ({newest: ", the newest"} if newest != first else {})
    return {f"step {at:,}{notes.get(at, '')}": at for at in dict.fromkeys((first, step, newest))}


def _real(run: Run, step: int, at: int, tiles: Images) -> None:
    """The nearest real image beside the part of the synthetic one that it is nearest to."""
    st.markdown("**Nearest real image**", help=nearest.HELP)
    task = nearest.task(run, step)
    if task.is_live:
        asked.waiting(task, "nearest-one")
    elif task.state != "finished":
        asked.unanswered(task, "nearest-one-again")
    else:
        found = nearest.found(task)
        tile = int(found.tiles[at])
        mine = f"step {step:,}" + (f", tile {tile + 1} of {len(tiles)}" if len(tiles) > 1 else "")
        real = _figure(f"training image {found.indices[at]:,}", found.images[at][None])
        st.html(f'<div class="gallery">{_figure(mine, tiles[tile][None])}{real}</div>')
        st.caption(
            f"L2 distance {found.distances[at]:.3f}. Look for what the synthetic image has and the real one has not."
        )


def _figure(title: str, images: Images, columns: int = 1) -> str:
    picture = pictures.sheet(images, columns)
    scale = max(1, round(LARGE / picture.width))
    return (f'<figure><img alt="{html.escape(title)}" src="{pictures.data_url(picture)}" style="width:{picture.width * scale}px">'
            f"<figcaption>{html.escape(title)}</figcaption></figure>")  # fmt: skip


def _statistics(title: str, image: Images) -> tuple[str, ...]:
    return title, *(f"{value:.3f}" for value in (image.min(), image.mean(), image.max(), image.std()))

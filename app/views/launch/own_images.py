"""Images of one's own in the form: what is inside those that were chosen, and others to add."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st
from PIL import Image

from app.parts import asked, guard, pictures, words
from app.parts.own_images import DATASET, form, uploads
from app.views.launch import state
from engine import api
from engine.api import OwnDataset
from engine.config import RunConfig
from engine.errors import DistilleryError

SHOWN = 30  # classes in the list of counts


def section(config: RunConfig) -> None:
    """Shows what is inside the images that the form is about, and adds others. Nothing for a dataset without a path."""
    if config.dataset != DATASET and not config.data_dir:
        return
    st.subheader("Your own images", anchor=False)
    guard.show_fault()
    if config.data_dir:
        _inside(config)
    if api.readonly():
        return
    with st.expander(
        "Add images",
        expanded=not config.data_dir,
        icon=":material/add_photo_alternate:",
        key=f"own-images-{uploads()}",
    ):
        form(_use)


def _use(added: OwnDataset) -> None:
    state.use_folder(added.path)
    st.rerun()


def _inside(config: RunConfig) -> None:
    """The newest look inside, or a button that asks for one."""
    try:
        task = api.inspection(config.dataset, config.data_dir)
    except DistilleryError as error:
        guard.show(error)
        return
    if task is not None and task.is_live:
        asked.waiting(task, "own-watch")
        return
    if task is not None and task.state == "finished":
        show(task.result, task.folder)
        return
    if task is not None and task.error:
        guard.show(task.error)
    if not api.readonly() and st.button(
        "Look inside", icon=":material/search:", help="Counts the images of each class and shows some."
    ):
        with guard.told():
            api.inspect_dataset(config.dataset, config.data_dir)
            st.rerun()


def show(found: Mapping[str, Any], folder: Path) -> None:
    """Samples, counts and warnings of a finished look inside."""
    colour = "grey" if found["channels"] == 1 else "colour"
    st.markdown(
        f"**{len(found['classes'])} classes**, {found['train']:,} training and {found['test']:,} test images, read at "
        f"{found['side']}×{found['side']} in {colour} unless side or colour below say otherwise."
    )
    for warning in found["warnings"]:
        st.warning(words.plain(warning), icon=":material/warning:")
    left, right = st.columns([2, 3], gap="medium")
    with left:
        st.html(counts(found["classes"], found["counts"]))
        st.caption("Training images per class. Bars of equal length: every class has as many to learn from.")
    with right:
        if found["sheets"]:
            url = pictures.data_url(Image.open(folder / found["sheets"][0]))
            st.html(f'<div class="own-sheet" tabindex="0" role="group" aria-label="Samples of each class"><img alt="Up to ten '
                    f'training images of each class, a row per class" src="{url}"></div>')  # fmt: skip
            rows = "A row per class" if len(found["sheets"]) == 1 else "A row for each of the first classes"
            st.caption(f"{rows}, as the engine reads them. Check that nothing is cropped, turned or mislabelled.")


def counts(classes: Sequence[str], amounts: Sequence[int]) -> str:
    """HTML: the classes with their number of images as bars; only the first of very many."""
    most = max(amounts, default=1) or 1
    rows = "".join(
        f"<li><span>{html.escape(name)}</span><i style='width:{100 * amount / most:.1f}%'></i><b>{amount:,}</b></li>"
        for name, amount in list(zip(classes, amounts, strict=True))[:SHOWN]
    )
    more = f"<li><span>and {len(classes) - SHOWN} more</span></li>" if len(classes) > SHOWN else ""
    return f"<ul class='own-counts' tabindex='0' aria-label='Training images per class'>{rows}{more}</ul>"

"""Images of one's own: upload an archive or point to a folder, look inside, go on with them."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st
from PIL import Image

from app.parts import guard, pictures, words
from app.views.launch import state
from engine import api
from engine.api import Task
from engine.config import RunConfig
from engine.errors import DistilleryError

ENDINGS = ["zip", "tar", "tar.gz", "tgz", "tar.xz", "txz", "tar.bz2", "tbz2"]
MOST_MEGABYTES = 1024  # of an upload; as in .streamlit/config.toml
UPLOAD, POINT = "Upload an archive", "A folder or archive on this machine"
SHOWN = 30  # classes in the list of counts
DATASET = "folder"
_UPLOADS = "own-uploads"  # counts uploads, so that the widget is empty again after each


def section(config: RunConfig) -> None:
    """Shows what is inside the images that the form is about, and adds others. Nothing for a dataset without a path."""
    if config.dataset != DATASET and not config.data_dir:
        return
    st.subheader("Your own images", anchor=False)
    if config.data_dir:
        _inside(config)
    if api.readonly():
        return
    with st.expander(
        "Add images",
        expanded=not config.data_dir,
        icon=":material/add_photo_alternate:",
        key=f"own-images-{_uploads()}",
    ):
        _add()


def _add() -> None:
    st.caption(
        "One folder per class, with its images inside: `<class>/<image>`; or `train/<class>/<image>` and "
        "`test/<class>/<image>` where you have a test set. Without one, a fifth of the images is kept for testing."
    )
    how = st.segmented_control(
        "From", [UPLOAD, POINT], default=UPLOAD, required=True, key="own-how", label_visibility="collapsed"
    )
    source: Any = None
    if how == UPLOAD:
        source = st.file_uploader(f"Archive, at most {MOST_MEGABYTES // 1024} GB", ENDINGS, max_upload_size=MOST_MEGABYTES,
                                  key=f"own-upload-{_uploads()}")  # fmt: skip
    else:
        source = st.text_input("Path", placeholder="/data/birds or ~/birds.zip", key="own-path").strip()
    if not source:
        return
    filename = source if isinstance(source, str) else source.name
    name = st.text_input("Name it", value=suggested(filename), max_chars=40, key=f"own-name-{filename}")
    if st.button("Add and look inside", icon=":material/add:", type="primary"):
        _keep(name, Path(source) if isinstance(source, str) else source, filename)


def _uploads() -> int:
    return int(st.session_state.get(_UPLOADS, 0))


def _keep(name: str, source: Any, filename: str) -> None:
    """Adds it to the workspace, goes on with it and asks for a look inside."""
    with guard.told():
        with st.spinner("Checking the archive"):
            added = api.add_dataset(name.strip(), source, filename)
            api.inspect_dataset(DATASET, added.path)
        st.session_state[_UPLOADS] = _uploads() + 1
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
        _watch(task.id)
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


def _watch(task_id: str) -> None:
    """How far the look inside is; the page goes on by itself when it is done."""

    def body() -> None:
        with guard.told():
            now: Task = api.task(task_id)
            if not now.is_live:
                st.rerun()
            share = now.done / now.total if now.total else 0.0
            st.progress(min(share, 1.0), text=f"Looking inside: {now.phase or now.state}")

    st.fragment(body, run_every=1.0, key="own-watch")()


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
        st.caption("Training images per class. Even bars mean that every class is learnt from as much.")
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


def suggested(filename: str) -> str:
    """A name for what comes from that file: 'birds' from '/data/birds.tar.gz'."""
    last = filename.replace("\\", "/").rstrip("/").rpartition("/")[2]
    stem = re.sub(r"(\.(zip|tar|tgz|txz|tbz2|gz|xz|bz2))+$", "", last, flags=re.IGNORECASE)
    return re.sub(r"[^A-Za-z0-9 _.-]+", "-", stem).strip(" .-_")[:40].rstrip(" .") or "images"

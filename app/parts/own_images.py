"""Adding images of one's own: a folder or archive of this machine by its path, or an archive through the browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

import streamlit as st

from app.parts import guard
from engine import api
from engine.api import OwnDataset
from engine.errors import DistilleryError

ENDINGS = tuple(suffix.removeprefix(".") for suffix in api.ARCHIVES)
_PARTS = "|".join(sorted({part for ending in ENDINGS for part in ending.split(".")}))  # '.tar.gz' goes part by part
POINT, UPLOAD = "Path on this machine", "Upload an archive"
LONGEST = 40  # characters of a name
DATASET = "folder"  # what a run calls images of one's own
_UPLOADS = "own-uploads"  # counts what was added, so that the widgets are empty again afterwards

Source = Path | BinaryIO


def uploads() -> int:
    """How many datasets this session has added: part of the keys of widgets that start anew then."""
    return int(st.session_state.get(_UPLOADS, 0))


def form(added: Callable[[OwnDataset], None]) -> None:
    """Asks for them, keeps them in the workspace, asks for a look inside, and hands on what was added."""
    st.caption(
        "One folder per class, with its images inside: `<class>/<image>`; or `train/<class>/<image>` and `test/<class>/<image>` where "
        "you have a test set. Without one, a fifth of each class is set aside for testing."
    )
    how = st.segmented_control("From", [POINT, UPLOAD], default=POINT, required=True, key="own-how")
    source, filename = _uploaded() if how == UPLOAD else _pointed()
    usual = suggested(filename) if source else ""
    name = st.text_input("Name", placeholder=usual or "Photographs", key=f"own-name-{uploads()}", max_chars=LONGEST)
    if st.button("Add and look inside", icon=":material/add:", type="primary", key="own-add"):
        if source:
            _add(name.strip() or usual, source, filename, added)
        else:
            guard.show("Give a path, or choose an archive, first.")


def _uploaded() -> tuple[Source | None, str]:
    limit = st.get_option("server.maxUploadSize")
    file = st.file_uploader(
        "Archive", list(ENDINGS), key=f"own-upload-{uploads()}",
        help=f"Up to {limit} MB, since it passes through this page's memory. For more, put it on this machine and give its path.",
    )  # fmt: skip
    return (cast("BinaryIO", file), file.name) if file else (None, "")


def _pointed() -> tuple[Source | None, str]:
    path = st.text_input(
        "Folder or archive", placeholder="/data/birds or ~/birds.zip", key=f"own-path-{uploads()}", max_chars=1000
    )
    return (Path(path.strip()), path.strip()) if path.strip() else (None, "")


def _add(name: str, source: Source, filename: str, added: Callable[[OwnDataset], None]) -> None:
    try:
        with st.spinner("Checking the images"):
            one = api.add_dataset(name, source, filename)
    except DistilleryError as error:
        guard.show(error)
        return
    guard.attempt(api.inspect_dataset, DATASET, one.path)  # where it is refused, the next page says why
    st.session_state[_UPLOADS] = uploads() + 1
    added(one)


def suggested(filename: str) -> str:
    """A name for what comes from that file: 'birds' from '/data/birds.tar.gz'."""
    last = filename.replace("\\", "/").rstrip("/").rpartition("/")[2]
    stem = re.sub(rf"(\.({_PARTS}))+$", "", last, flags=re.IGNORECASE)
    return re.sub(r"[^A-Za-z0-9 _.-]+", "-", stem).strip(" .-_")[:LONGEST].rstrip(" .-") or "images"

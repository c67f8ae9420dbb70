"""Adding own images: a folder or archive of this machine by its path, or an archive through the browser."""

from __future__ import annotations

import re
from pathlib import Path
from typing import BinaryIO, cast

import streamlit as st

from app.parts import guard, places
from engine import api
from engine.errors import DistilleryError

KINDS = ("zip", "tar", "gz", "tgz", "xz", "txz", "bz2", "tbz2")
BY_PATH, BY_UPLOAD = "Path on this machine", "Upload an archive"
LONGEST = 40


def form() -> None:
    """Folded until it is wanted. Once added, the dataset's own view shows what was found."""
    with st.expander("Add your own images", icon=":material/add_photo_alternate:", key="dataset-add"):
        st.markdown(
            "One folder per class: `train/cats/1.png` with `test/cats/…`, or just `cats/1.png`, of which a fifth of each class is "
            "set aside for testing. A folder, or the same as .zip or .tar; JPEG, PNG, WebP, BMP, GIF, TIFF or PPM."
        )
        way = st.segmented_control("From", [BY_PATH, BY_UPLOAD], default=BY_PATH, required=True, key="dataset-way")
        source: tuple[Path | BinaryIO, str] | None = None
        if way == BY_PATH:
            path = st.text_input(
                "Folder or archive", placeholder="/home/me/photographs", key="dataset-path", max_chars=1000
            )
            source = (Path(path.strip()), "") if path.strip() else None
        else:
            file = st.file_uploader(
                "Archive",
                type=list(KINDS),
                key="dataset-file",
                help=f"Up to {st.get_option('server.maxUploadSize')} MB, since it passes through this page's memory. For more, give a path.",
            )
            source = (cast("BinaryIO", file), file.name) if file else None
        usual = proposed(source[1] or str(source[0])) if source else ""
        name = st.text_input("Name", placeholder=usual or "Photographs", key="dataset-name", max_chars=LONGEST)
        if st.button("Add and look inside", type="primary", icon=":material/search:"):
            if source:
                _add(name.strip() or usual, *source)
            else:
                guard.show("Give a path, or choose an archive, first.")


def proposed(path: str) -> str:
    """A name for what lies at `path`: its last part, without what no name may hold."""
    last = re.sub(r"(?i)(\.tar)?\.(zip|tar|gz|tgz|xz|txz|bz2|tbz2)$", "", Path(path).name)
    return re.sub(r"[^A-Za-z0-9 _.-]+", " ", last).strip(" ._-")[:LONGEST].strip(" .")


def _add(name: str, source: Path | BinaryIO, filename: str) -> None:
    try:
        with st.spinner("Adding"):
            added = api.add_dataset(name, source, filename)
            api.inspect_dataset("folder", added.path)
    except DistilleryError as error:
        guard.show(error)
        return
    st.switch_page(places.DATASETS, query_params={"name": added.name})

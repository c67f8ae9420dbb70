"""Images of every class, pixel-sharp, each a button: updated in place, told to the step control once they are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import streamlit as st

from app.components import lean
from app.parts import pictures
from app.parts.pictures import Images

_grid = st.components.v2.component(
    "distillery_image_grid",
    html='<div class="image-grid gallery" role="group"></div>',
    js=lean.LOADER,
    isolate_styles=False,
)


class Group(NamedTuple):
    """The images of one class: uint8 or float [n, C, H, W] in one sheet of so many `columns`, and the number of the first
    stored image; `tiles` of them belong to one stored image."""

    label: int
    name: str
    url: str
    size: int
    columns: int
    tiles: int = 1


def group(label: int, name: str, images: Images, columns: int, tiles: int = 1) -> Group:
    """The images as the browser gets them."""
    return Group(label, name, pictures.data_url(pictures.sheet(images, columns)), len(images), columns, tiles)


def image_grid(key: str, run_id: str, step: int, what: str, side: int, scale: int, groups: Sequence[Group]) -> str:
    """Shows the groups, images of `side` pixels enlarged `scale` times. `what` they are is part of their description ("" = the
    stored images). The image that a person has just opened, as "label-number"; "" when none was."""
    data = {"run": run_id, "step": step, "what": what, "side": side, "scale": scale, "gap": pictures.GAP,
            "groups": [one._asdict() for one in groups]}  # fmt: skip
    result: Any = _grid(key=key, data=lean.plain(data | lean.pieces("image_grid")), on_open_change=lambda: None)
    return str(result.get("open") or "")

"""A table of scores, rows by networks, shaded by value; cells that are missing can be chosen, by pointer or by keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import streamlit as st

from app import palette
from app.components import lean

_matrix = st.components.v2.component(
    "distillery_score_matrix", html='<div class="score-matrix"></div>', js=lean.LOADER, isolate_styles=False
)


class Tile(NamedTuple):
    """A cell as it is shown. `state`: "measured", "other", "live", "missing" or "unfit". `share`: how far what is live is, 0 to 1. `open`:
    whether it can be chosen. `title` says in a sentence what the cell is."""

    key: str
    state: str
    value: str
    below: str
    title: str
    shade: palette.Ink | None = None
    share: float = 0.0
    open: bool = False


class Line(NamedTuple):
    """A row: its name, what it is in small words, an address or "", and its cells from left to right."""

    key: str
    label: str
    facts: str
    link: str
    tiles: tuple[Tile, ...]


def score_matrix(columns: Mapping[str, str], lines: Sequence[Line], turn: int, key: str) -> list[str]:
    """Shows it; the keys of the open cells that a person has chosen. `columns`: key -> title. A new `turn` starts with none."""
    rows = [line._asdict() | {"cells": [tile._asdict() for tile in line.tiles], "tiles": None} for line in lines]
    data = {"round": turn, "columns": [{"key": k, "title": title} for k, title in columns.items()], "rows": rows}
    result: Any = _matrix(key=key, data=lean.plain(data | lean.pieces("score_matrix")), on_chosen_change=_nothing)
    chosen: Any = result.get("chosen")
    if not isinstance(chosen, dict) or chosen.get("round") != turn or not isinstance(chosen.get("keys"), list):
        return []
    there = {tile.key for line in lines for tile in line.tiles if tile.open}
    return [one for one in chosen["keys"] if isinstance(one, str) and one in there]


def _nothing() -> None:
    """Streamlit wants a callback for every value that a component may set."""

"""Sample sheets as the browser gets them. A sheet has a row of ten images per class, two pixels apart."""

from __future__ import annotations

import html
from pathlib import Path

import streamlit as st
from PIL import Image

from app.parts import pictures, style
from app.views.datasets.entries import Entry
from engine.data.catalog import DATASETS

ACROSS, GAP, PER_SHEET = 10, 2, 50  # as engine/data/inspect.py draws them
LARGEST = 56  # pixels on the screen that one image may take


def strip(entry: Entry) -> str:
    """Two rows for a card: two images of each of ten classes, or of as many as there are. HTML; words where nobody has looked yet."""
    found = entry.found
    if not found or entry.look is None:
        return known(entry) or _words(entry)
    try:
        url = _strip(str(entry.look.folder / found["sheets"][0]), found["side"], len(found["classes"]))
    except OSError:
        return '<div class="strip none">The pictures are gone; look inside again</div>'
    return (
        f'<img class="strip" alt="Two images of each of the first classes of {html.escape(entry.title)}" src="{url}">'
    )


def known(entry: Entry) -> str:
    """The picture that Distillery brings along, for some datasets of the catalogue; "" for others."""
    file = style.ASSETS / "datasets" / f"{entry.name}.png"
    if entry.own or not file.exists():
        return ""
    alt = f"An image of each of the first classes of {html.escape(entry.title)}"
    return f'<img class="strip known" alt="{alt}" src="{_whole(str(file))}">'


def _words(entry: Entry) -> str:
    """What stands where the pictures will be: how its images are made, as far as that is known."""
    spec = DATASETS[entry.dataset]
    if entry.live or not spec.classes:
        return f'<div class="strip none">{"Its images appear here" if entry.live else "Look inside to see its images"}</div>'
    kind = "grey" if spec.channels == 1 else "colour"
    return (
        f'<div class="strip none" aria-hidden="true"><b>{spec.side}×{spec.side}</b>'
        f"<span>{kind}, {spec.classes} classes</span></div>"
    )


def samples(entry: Entry, sheet: int) -> str:
    """One sheet with the names of its classes beside the rows. HTML. Raises OSError when the file is gone."""
    found = entry.found
    assert entry.look is not None
    names = found["classes"][sheet * PER_SHEET : (sheet + 1) * PER_SHEET]
    url = _whole(str(entry.look.folder / found["sheets"][sheet]))
    width = ACROSS * LARGEST
    labels = "".join(f'<span title="{html.escape(name)}">{html.escape(name)}</span>' for name in names)
    alt = f"Up to ten training images of each class: {', '.join(names[:20])}"
    return (
        f'<div class="samples"><div class="names" aria-hidden="true">{labels}</div>'
        f'<img alt="{html.escape(alt)}" src="{url}" style="max-width:{width}px"></div>'
    )


@st.cache_data(max_entries=64, show_spinner=False)
def _strip(path: str, side: int, classes: int) -> str:
    """Raises OSError."""
    step = side + GAP
    shown = min(ACROSS, classes)
    with Image.open(Path(path), formats=("PNG",)) as sheet:
        canvas = Image.new("RGBA", (ACROSS * step - GAP, 2 * step - GAP))
        for place in range(2 * ACROSS):
            label, which = (place % ACROSS) % shown, 2 * (place % ACROSS // shown) + place // ACROSS
            box = (which * step, label * step, which * step + side, label * step + side)
            canvas.paste(sheet.crop(box), (place % ACROSS * step, place // ACROSS * step))
    return pictures.data_url(canvas)


@st.cache_data(max_entries=32, show_spinner=False)
def _whole(path: str) -> str:
    """Raises OSError."""
    with Image.open(Path(path), formats=("PNG",)) as sheet:
        return pictures.data_url(sheet)

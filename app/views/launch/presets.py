"""Named starting points as cards with a picture: the demo first, then the recipes of each dataset."""

from __future__ import annotations

import html
from typing import Any

import streamlit as st
from PIL import Image

from app.parts import pictures, style
from app.views.launch import state
from app.views.launch.state import DEMO
from engine import api

ABREAST = 3  # buttons in a row: the paper's three methods, then their older hosts
PICTURES = style.ASSETS / "datasets"  # made by tools/pictures.py


def cards(chosen: str) -> None:
    """One card for the demo and one per dataset with published figures; a click fills the form."""
    presets = {preset["name"]: preset for preset in api.presets()}
    datasets = {entry["name"]: entry for entry in api.datasets()}
    recipes = {entry["name"]: entry["title"] for entry in api.recipes()}
    by_dataset: dict[str, list[dict[str, Any]]] = {}
    for preset in presets.values():
        if preset["name"] != DEMO:
            by_dataset.setdefault(preset["settings"]["dataset"], []).append(preset)
    with st.grid("auto", min_column_width=270, key="presets"):
        if DEMO in presets:
            of_demo = datasets[presets[DEMO]["settings"]["dataset"]]
            _card(presets[DEMO]["title"], presets[DEMO]["summary"], of_demo, {DEMO: "Use the demo"}, chosen)
        for dataset, group in by_dataset.items():
            names = {preset["name"]: recipes[preset["settings"]["recipe"]] for preset in group}
            _card(datasets[dataset]["title"], numbers(datasets[dataset]), datasets[dataset], names, chosen)
        _own_card()


def numbers(dataset: dict[str, Any]) -> str:
    """'10 classes · 60,000 training images · 28×28 grey'."""
    colour = "grey" if dataset["channels"] == 1 else "colour"
    own = " · from your own copy" if dataset["needs_path"] else ""
    size = f"{dataset['side']}×{dataset['side']} {colour}"
    return f"{dataset['classes']} classes · {dataset['train']:,} training images · {size}{own}"


@st.cache_data(show_spinner=False)
def picture(name: str, title: str, side: int, channels: int, classes: int) -> str:
    """HTML: ten real images, or words where we may not ship any."""
    file = PICTURES / f"{name}.png"
    if file.exists():
        url = pictures.data_url(Image.open(file))
        return f'<div class="preset-picture"><img alt="Ten training images of {html.escape(title)}" src="{url}"></div>'
    mode = "grey" if channels == 1 else "colour"
    return (
        f'<div class="preset-picture words" aria-hidden="true"><b>{side}×{side}</b>'
        f"<span>{mode}, {classes} classes</span></div>"
    )


def _card(title: str, line: str, dataset: dict[str, Any], names: dict[str, str], chosen: str) -> None:
    with st.container(border=True, height="stretch", gap="small"):
        shown = {key: dataset[key] for key in ("name", "title", "side", "channels", "classes")}
        st.html(picture(**shown) + _words(title, line))
        with st.grid(min(ABREAST, len(names)), min_column_width=64, gap="xsmall"):
            for name, label in names.items():
                _button(name, label, name == chosen)


def _words(title: str, line: str) -> str:
    """HTML: what stands under a picture. One element with it: eight cards of four elements are felt when the page opens."""
    return f'<div class="preset-title">{html.escape(title)}</div><div class="preset-line">{html.escape(line)}</div>'


def _own_card() -> None:
    """The way to images of one's own: nothing is known of them yet."""
    with st.container(border=True, height="stretch", gap="small"):
        shown = '<div class="preset-picture words" aria-hidden="true"><b>?</b><span>one folder per class</span></div>'
        line = "Upload an archive, or point to a folder; see what is inside before you launch."
        st.html(shown + _words("Your own images", line))
        st.button("Use own images", key="preset-own", icon=":material/add_photo_alternate:", width="stretch",
                  on_click=state.use_folder, args=("",))  # fmt: skip


def _button(name: str, label: str, chosen: bool) -> None:
    st.button(label, key=f"preset-{name}", type="primary" if chosen else "secondary", width="stretch",
              on_click=state.take_preset, args=(name,))  # fmt: skip

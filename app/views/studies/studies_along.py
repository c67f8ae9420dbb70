"""Synthetic images of one class as they learn: a row per method, a column per moment."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

import streamlit as st

from app.parts import pictures
from app.views.run.image_panel import columns_for
from engine import api
from engine.api import Run

SIZES = {1: 112, 2: 64, 5: 28, 10: 16}  # images abreast -> CSS pixels of one


def gallery(cells: Mapping[str, Run], label: int, name: str) -> None:
    """All cells at about the same moments; each image says its own step."""
    newest = max(api.snapshots(run.id)[-1] for run in cells.values())
    rows = [(cell, run, api.moments(api.snapshots(run.id), newest)) for cell, run in cells.items()]
    width = max(len(steps) for _, _, steps in rows)
    body = "".join(_row(cell, run, steps, label, width) for cell, run, steps in rows)
    style = f"--steps:{width};grid-template-columns:auto repeat({width},auto) 1fr"
    st.html(f'<div class="along" style="{style}">{body}</div>')
    st.caption(
        f"All stored images of class “{name}”, from the start on the left to the newest on the right. Follow one place across a row; compare rows."
    )


def _row(cell: str, run: Run, steps: Sequence[int], label: int, width: int) -> str:
    figures = [_figure(run.id, step, label, run.config.ipc, cell) for step in steps]
    gaps = ["<span></span>"] * (width - len(figures) + 1)
    return f"<b>{html.escape(cell)}</b>" + "".join(figures + gaps)


@st.cache_data(max_entries=512, show_spinner=False)
def _figure(run_id: str, step: int, label: int, ipc: int, cell: str) -> str:
    """HTML of one class at one step, enlarged by a whole factor. Raises NotFound, Damaged."""
    images = api.snapshot(run_id, step)[label * ipc : (label + 1) * ipc]
    columns = columns_for(len(images))
    picture = pictures.sheet(images, columns)
    scale = max(1, round(next(size for most, size in SIZES.items() if columns <= most) / images.shape[-1]))
    what = html.escape(f"{cell}, step {step}")
    return (
        f'<figure><img alt="{what}" src="{pictures.data_url(picture)}" style="width:{picture.width * scale}px">'
        f"<figcaption>step {step:,}</figcaption></figure>"
    )

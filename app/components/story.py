"""The story of a run over the whole window: one slide at a time, turned with the keyboard, buttons or a swipe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from app.components import figures, lean

HERE = Path(__file__).parent
SHARED = HERE.parent / "report"

_HTML = """
<div class="story" role="dialog" aria-modal="true" tabindex="-1">
  <div class="top"><div class="about"><b></b> <span></span></div>
    <button type="button" data-go="autoplay" title="The images grow by themselves, or stand still (a)">Autoplay</button>
    <button type="button" data-go="full" title="Fill the screen (f)">Full screen</button>
    <button type="button" data-go="leave" title="To the run's page (Esc)">Leave</button></div>
  <div class="slides"></div>
  <div class="bottom"><button type="button" data-go="back" title="Left arrow, page up">Back</button>
    <div class="dots" role="group" aria-label="Slides"></div><span class="note" role="status"></span>
    <button type="button" data-go="next" title="Right arrow, page down, space">Next</button></div>
</div>
"""
_story = st.components.v2.component(
    "distillery_story",
    html=_HTML,
    css=(SHARED / "slides.css").read_text(encoding="utf-8") + (HERE / "story.css").read_text(encoding="utf-8"),
    js=(SHARED / "slides.js").read_text(encoding="utf-8") + lean.script("story"),
    isolate_styles=False,  # it covers the page around it, and plotly puts its style rules at the top of the document
)


def story(told: dict[str, Any], note: str, key: str) -> bool:
    """Shows `told`: html, version, about and story, as app/views/present/telling.py makes them, beginning with the slide of the
    address, and `note` below. Returns whether the person wishes to leave."""
    data = told | {"note": note, "plotly": figures.plotly_urls()["basic"]}
    result: Any = _story(key=key, data=lean.plain(data), on_leave_change=_nothing)
    return bool(result.get("leave"))


def _nothing() -> None:
    """Streamlit wants a callback for every value that a component may set."""

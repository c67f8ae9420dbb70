"""The step whose images are on show: one choice for the images and the curves, kept in the address."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

HERE = Path(__file__).parent
IMAGES, CURVES = "images", "curves"  # the parts of the page that follow the choice

_HTML = """
<div class="steps">
  <button data-go="first" aria-label="First step" title="First step (Home)">first_page</button>
  <button data-go="prev" aria-label="Previous step" title="Previous step (left arrow)">chevron_left</button>
  <button data-go="play" aria-label="Play" title="Play (space)">play_arrow</button>
  <button data-go="next" aria-label="Next step" title="Next step (right arrow)">chevron_right</button>
  <button data-go="last" aria-label="Newest step" title="Newest step (End)">last_page</button>
  <input type="range" min="0" step="1" aria-label="Step">
  <output></output>
</div>
"""
_control = st.components.v2.component(
    "distillery_steps",
    html=_HTML,
    css=(HERE / "steps.css").read_text(encoding="utf-8"),
    js=(HERE / "steps.js").read_text(encoding="utf-8"),
)


def chosen(run_id: str) -> int | None:
    """The step a person chose, by control or address; None = the newest, whichever that is."""
    key = _key(run_id)
    if key not in st.session_state:
        text = st.query_params.get("step", "")
        st.session_state[key] = int(text) if text.isdecimal() and len(text) < 10 else None
    step: int | None = st.session_state[key]
    return step


def control(run_id: str, steps: list[int], total: int) -> int:
    """The step to show, of the ascending `steps` there are. Buttons, a slider, arrow keys; stays on the newest until moved."""
    wanted = chosen(run_id)
    shown = steps[-1] if wanted is None else min(steps, key=lambda step: abs(step - wanted))
    data = {"steps": steps, "shown": shown, "total": total}
    _control(key=f"steps-{run_id}", data=data, on_step_change=lambda: _choose(run_id, steps[-1]))
    return shown


def _choose(run_id: str, newest: int) -> None:
    """Takes over what the browser sent; the newest means: keep following."""
    sent: Any = st.session_state[f"steps-{run_id}"].get("step")
    step = None if sent is None or int(sent) >= newest else int(sent)
    st.session_state[_key(run_id)] = step
    if step is None:
        st.query_params.pop("step", None)
    else:
        st.query_params["step"] = str(step)
    st.rerun([IMAGES, CURVES])


def _key(run_id: str) -> str:
    return f"step-{run_id}"

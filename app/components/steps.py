"""The step whose images are on show: one choice for images, embedding and the line in every curve, kept in the address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app.components import lean

STEPS, IMAGES, CURVES, EMBEDDING = "steps", "images", "curves", "embedding"  # parts of a run's page

_HTML = """
<div class="steps" role="group" aria-label="Step">
  <button type="button" data-go="first" aria-label="First step" title="First step (Home)">first_page</button>
  <button type="button" data-go="prev" aria-label="Previous step" title="Previous step (left arrow)">chevron_left</button>
  <button type="button" data-go="play" aria-label="Play" title="Play (space)">play_arrow</button>
  <button type="button" data-go="next" aria-label="Next step" title="Next step (right arrow)">chevron_right</button>
  <button type="button" data-go="last" aria-label="Newest step" title="Newest step (End)">last_page</button>
  <input type="range" min="0" step="1" aria-label="Step">
  <span class="where">step <input type="text" inputmode="numeric" autocomplete="off" aria-label="Go to step" title="Type a step, then Enter"> <i></i></span>
  <output aria-live="off"></output>
</div>
"""
_control = st.components.v2.component("distillery_steps", html=_HTML, js=lean.LOADER, isolate_styles=False)


def chosen(run_id: str) -> int | None:
    """The step a person chose, by control or address; None = the newest, whichever that is."""
    key, text = _key(run_id), st.query_params.get("step", "")
    if key not in st.session_state or st.session_state[key][0] != text:  # opened, or gone back in the browser's history
        st.session_state[key] = text, int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
    step: int | None = st.session_state[key][1]
    return step


def nearest(steps: Sequence[int], wanted: int | None) -> int:
    """Of the ascending `steps` there are: the one nearest to `wanted`, or the newest."""
    return steps[-1] if wanted is None else min(steps, key=lambda step: abs(step - wanted))


def control(run_id: str, steps: list[int], total: int, parts: Sequence[str] = (IMAGES,)) -> int:
    """The step to show, of the ascending `steps` there are. Buttons, a slider, a field, arrow keys anywhere on the page; stays
    on the newest until moved. `parts`: the fragments of the page that follow it."""
    wanted = chosen(run_id)
    shown = nearest(steps, wanted)
    data = {"run": run_id, "ranges": ranges(steps), "shown": shown, "newest": wanted is None, "total": total}
    _control(key=f"steps-{run_id}", data=lean.plain(data | lean.pieces("steps")),
             on_step_change=lambda: _choose(run_id, steps[-1], parts))  # fmt: skip
    return shown


def ranges(steps: Sequence[int]) -> list[list[int]]:
    """Ascending numbers as [first, distance, count], for most are evenly spaced: they travel with every tick."""
    found: list[list[int]] = []
    for step in steps:
        if found and (found[-1][2] == 1 or step == found[-1][0] + found[-1][1] * found[-1][2]):
            found[-1][1] = found[-1][1] if found[-1][2] > 1 else step - found[-1][0]
            found[-1][2] += 1
        else:
            found.append([step, 0, 1])
    return found


def _choose(run_id: str, newest: int, parts: Sequence[str]) -> None:
    """Takes over what the browser sent; the newest means: keep following."""
    sent: Any = st.session_state[f"steps-{run_id}"].get("step")
    step = None if sent is None or int(sent) >= newest else int(sent)
    st.session_state[_key(run_id)] = "" if step is None else str(step), step
    if step is None:
        st.query_params.pop("step", None)
    else:
        st.query_params["step"] = str(step)
    st.rerun(list(parts))


def _key(run_id: str) -> str:
    return f"step-{run_id}"

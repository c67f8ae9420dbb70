"""Work that a page asks the lab for, once per session and question: the same question gives the same task."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import streamlit as st

from app.parts import guard, words
from engine import api
from engine.api import Task
from engine.errors import NotFound

_ASKED, MOST_ASKED = "asked", 64


def ask(kind: str, run_id: str, params: Mapping[str, Any], content: object = "") -> Task:
    """The task that answers this question as long as `content`, what the answer depends on besides, stays the same. Raises what
    `api.request` raises."""
    asked: dict[str, str] = st.session_state.setdefault(_ASKED, {})
    key = json.dumps([kind, run_id, params, content], sort_keys=True)
    if key in asked and (found := known(asked[key])):
        return found
    asked.pop(key, None)
    while len(asked) >= MOST_ASKED:
        del asked[next(iter(asked))]
    task = api.request(kind, run_id, params)
    asked[key] = task.id
    return task


def known(task_id: str) -> Task | None:
    """The task as it is now; None where it is gone."""
    try:
        return api.task(task_id)
    except NotFound:
        return None


def again() -> None:
    """Forgets the answers: the next questions are asked anew."""
    st.session_state.pop(_ASKED, None)


def waiting(task: Task, key: str, hint: str = "") -> None:
    """How far it is, ticking, with a sentence behind it; the whole page, which then asks anew, once it is done or gone."""

    def line() -> None:
        with guard.told():
            now = known(task.id)
            if now is None or not now.is_live:
                st.rerun()
            far(now, hint)

    line.__qualname__ = f"waiting.{key}"
    st.fragment(line, run_every=1.0, key=key)()


def far(task: Task, hint: str = "") -> None:
    """How far a live task is."""
    phase = task.phase or "waiting for the engine"
    if phase.endswith(words.UNITS):
        phase = words.counted(phase, task.done, task.total)
    text = f"{phase[:1].upper()}{phase[1:]}" + (f". {hint}" if hint else "")
    st.progress(min(task.done / task.total, 1.0) if task.total else 0.0, text=text)


def unanswered(task: Task, key: str) -> None:
    """Why a task that is over has no answer, and a way to ask again."""
    guard.show(task.error or "This was stopped before it was done.")
    st.button("Try again", on_click=again, icon=":material/refresh:", key=key)

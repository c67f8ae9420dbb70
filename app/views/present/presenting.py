"""The full-screen story, and the wait for what needs the real data."""

from __future__ import annotations

import streamlit as st

from app.components.story import story
from app.parts import asked, guard, places
from app.report.facts import STORY
from app.views.present.telling import told
from engine.api import Run, Task
from engine.errors import DistilleryError, NotFound


def present(run: Run) -> None:
    """Every slide that can be told now; those that need the real data join as soon as the engine has looked at it."""
    task, why = _looked(run)
    with guard.told():
        text = told(run, task, why)
        note = "" if task and task.is_live else text["left_out"]
        if task and task.is_live:
            st.fragment(_wait, run_every=1.0, key="story-wait")(task.id)
            note = "Looking at the real images; their slides join in a moment."
        if story(text, note, f"story-{run.id}"):
            st.switch_page(places.RUN, query_params={"id": run.id})


def _looked(run: Run) -> tuple[Task | None, str]:
    """The "story" task of this run, asked for once in a session: a live run changes all the time. Without one: why."""
    try:
        task = asked.ask(STORY, run.id, {})
    except NotFound:
        return None, ""
    except DistilleryError as error:
        return None, str(error)
    return task, task.error


def _wait(task_id: str) -> None:
    """Shows nothing; the whole page follows when the task has ended."""
    task = asked.known(task_id)
    if task is None or not task.is_live:
        st.rerun()

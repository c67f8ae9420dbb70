"""Work that was asked of the engine and is not done: how far it is, and how to stop it or take it up again."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.parts import guard, words
from engine import api
from engine.api import Task

MOST_UNFINISHED = 3  # tasks of a kind shown with their progress


def unfinished(tasks: Sequence[Task], kind: str) -> list[Task]:
    """The newest first. One that failed or was stopped is done with once another of the kind was asked for after it and ended well."""
    mine = [task for task in tasks if task.kind == kind]
    newest = next((number for number, task in enumerate(mine) if task.state == "finished"), len(mine))
    return [task for number, task in enumerate(mine) if task.is_live or (task.state != "finished" and number < newest)][
        :MOST_UNFINISHED
    ]


def line(task: Task, about: str = "") -> None:
    """One task: what it is (`about`, in markdown, comes first), how far, and what can be done about it."""
    what = " · ".join(part for part in (about, words_of(task)) if part)
    if task.state == "failed":
        guard.show(task.error)
    with st.container(horizontal=True, vertical_alignment="center"):
        if task.is_live:
            share = task.done / task.total if task.total else 0.0
            phase = "stopping" if task.state == "stopping" else task.phase or "waiting for the engine"
            st.progress(share, text=f"{what}: {phase}" + (f" · {100 * share:.0f} %" if share else ""))
            _button("Stop", api.stop_task, task, "stop", disabled=task.state == "stopping")
        else:
            st.caption(f"{what}: {task.state}.", width="content")
            _button("Resume", api.resume_task, task, "play_arrow")


def words_of(task: Task) -> str:
    """'convnet, resnet10 · 3 repeats · 300 epochs'."""
    networks = ", ".join(task.params.get("networks", ("DD-Ranking",)))
    return f"{networks} · {words.many(task.params['repeats'], 'repeat')} · {words.many(task.params['epochs'], 'epoch')}"


def _button(label: str, action: object, task: Task, icon: str, disabled: bool = False) -> None:
    """None where nothing can be changed."""
    if not api.readonly():
        st.button(label, on_click=guard.attempt, args=(action, task.id), key=f"{label.lower()}-{task.id}", disabled=disabled,
                  icon=f":material/{icon}:")  # fmt: skip

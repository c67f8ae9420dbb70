"""A study of one class: asked of the engine, never computed here."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from app.charts.embedding import METHODS
from app.parts import guard
from app.views.sampling import study_view
from engine import api
from engine.api import Run, Task
from engine.config import SETTINGS
from engine.errors import NotFound

QUICK = "pca"  # shown while a slower embedding is computed
SLOW = {"umap": "The first UMAP of a session takes up to a minute.", "tsne": "t-SNE takes some seconds."}
_ASKED, MOST_ASKED = "study-asked", 32


def controls(run: Run, classes: tuple[str, ...]) -> dict[str, Any]:
    """The class, the method and how batches are picked: the parameters of a "sampling" task. Class and method are in the
    address."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="study-controls"):
        label = st.selectbox(
            "Class", range(len(classes)), format_func=classes.__getitem__, key="class", bind="query-params", width=160
        )
        method = st.segmented_control(
            "Embedding",
            list(METHODS),
            format_func=METHODS.__getitem__,
            default="pca",
            required=True,
            key="method",
            bind="query-params",
        )
        clusters = _number("clusters", run)
        per_cluster = _number("per_cluster", run)
    return {"label": label, "clusters": clusters, "per_cluster": per_cluster, "method": method, "seed": run.config.seed}


def _number(name: str, run: Run) -> int:
    setting = SETTINGS[name]
    assert setting.low is not None and setting.high is not None
    words = {"clusters": "Clusters", "per_cluster": "Images per cluster"}[name]
    return int(st.number_input(words, int(setting.low), int(setting.high), getattr(run.config, name), help=setting.help,
                               key=f"study-{name}-{run.id}", width=150))  # fmt: skip


def study(run: Run, params: dict[str, Any]) -> None:
    """The answer to a "sampling" task with these parameters. Until it is there: how far it is, and the quick embedding."""
    quick = _task(run, params | {"method": QUICK})  # asked for first, so that it is answered first
    task = quick if params["method"] == QUICK else _task(run, params)
    if task.is_live:
        st.fragment(_waiting, run_every=1.0, key="study-waiting")(task.id, quick.id, quick.is_live, params["method"])
        task = quick
    if task.state == "failed":
        guard.show(task.error)
        st.button("Try again", on_click=_forget, icon=":material/refresh:")
    elif task.state == "finished":
        if run.step > task.result["step"]:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.caption(f"Seen with {task.result['features']}; the run has gone on since.", width="content")
                st.button("Look again", on_click=_forget, icon=":material/refresh:", type="tertiary")
        study_view.show(task)


def _task(run: Run, params: dict[str, Any]) -> Task:
    """Asked for once in a session: a live run changes all the time, and a task that failed would fail again."""
    asked: dict[str, str] = st.session_state.setdefault(_ASKED, {})
    key = json.dumps([run.id, params], sort_keys=True)
    if key in asked:
        try:
            return api.task(asked[key])
        except NotFound:
            del asked[key]
    while len(asked) >= MOST_ASKED:
        del asked[next(iter(asked))]
    task = api.request("sampling", run.id, params)
    asked[key] = task.id
    return task


def _forget() -> None:
    st.session_state.pop(_ASKED, None)


def _waiting(task_id: str, quick_id: str, quick_was_live: bool, method: str) -> None:
    """Progress, and the shape of what follows as long as there is nothing better."""
    task = api.task(task_id)
    if not task.is_live or api.task(quick_id).is_live != quick_was_live:
        st.rerun()
    words = f"{(task.phase or 'waiting for the engine').capitalize()}. {SLOW.get(method, '')}"
    st.progress(task.done / task.total if task.total else 0.0, text=words)
    if quick_was_live:
        left, right = st.columns([3, 2], gap="large")
        left.skeleton(study_view.HEIGHT)
        right.skeleton(180)
        right.skeleton(180)

"""A study of one class: asked of the engine, never computed here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app.charts.embedding import METHODS
from app.parts import asked
from app.views.sampling import study_view
from app.views.sampling.samplers import SAMPLERS
from engine.api import Run
from engine.config import SETTINGS

DIMS = {2: "2D", 3: "3D"}
QUICK = "pca"  # shown while a slower embedding is computed
SLOW = {"umap": "The first UMAP of a session takes up to a minute.", "tsne": "t-SNE takes some seconds."}
_KIND = "sampling"


def controls(run: Run, classes: tuple[str, ...]) -> dict[str, Any]:
    """The class, how it is laid out and which batches are picked: the parameters of a "sampling" task, all in the address."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="study-controls"):
        label = st.selectbox(
            "Class", range(len(classes)), format_func=classes.__getitem__, key="class", bind="query-params", width=140
        )
        method = _switch("Embedding", METHODS, "method")
        dims = _switch(
            "Dimensions", DIMS, "dims", hint="A lasso can be drawn in two dimensions only; three can be turned."
        )
        left = _sampler("Left batch", list(SAMPLERS), "left")
        right = _sampler(
            "Right batch",
            sorted((name for name in SAMPLERS if name != left), key=lambda name: name != "random"),
            "right",
        )
        clusters = _number("clusters", run)
        per_cluster = _number("per_cluster", run)
    return {"label": label, "clusters": clusters, "per_cluster": per_cluster, "left": left, "right": right, "method": method,
            "dims": dims, "seed": run.config.seed}  # fmt: skip


def _switch(title: str, options: Mapping[Any, str], key: str, hint: str | None = None) -> Any:
    return st.segmented_control(
        title, list(options), format_func=options.__getitem__, default=next(iter(options)), required=True, key=key, bind="query-params",
        help=hint,
    )  # fmt: skip


def _sampler(title: str, options: list[str], key: str) -> str:
    words = "\n\n".join(f"**{one.title}**: {one.meaning}" for one in SAMPLERS.values())
    return str(
        st.selectbox(
            title,
            options,
            format_func=lambda name: SAMPLERS[name].title,
            key=key,
            bind="query-params",
            width=160,
            help=words,
        )
    )


def _number(name: str, run: Run) -> int:
    """A setting of the run that may be looked at otherwise. The address says so; without it the run's own value holds."""
    setting = SETTINGS[name]
    assert setting.low is not None and setting.high is not None
    own, key = int(getattr(run.config, name)), f"study-{name}"
    st.session_state[key] = asked_number(st.query_params.get(name, ""), own, int(setting.low), int(setting.high))

    def follow() -> None:
        if st.session_state[key] == own:
            st.query_params.pop(name, None)
        else:
            st.query_params[name] = str(st.session_state[key])

    words = {"clusters": "Clusters", "per_cluster": "Images per cluster"}[name]
    return int(st.number_input(words, int(setting.low), int(setting.high), help=setting.help, key=key, on_change=follow, width=150))  # fmt: skip


def asked_number(text: str, otherwise: int, low: int, high: int) -> int:
    """What an address asks for, made possible; `otherwise` where it is no number."""
    known = text.isascii() and text.isdecimal() and len(text) < 10
    return min(max(int(text), low), high) if known else otherwise


def study(run: Run, params: dict[str, Any]) -> None:
    """The answer to a "sampling" task with these parameters, asked for once in a session: a live run changes all the time. Until it
    is there: how far it is, and the quick embedding."""
    quick = asked.ask(_KIND, run.id, params | {"method": QUICK})  # asked for first, so that it is answered first
    task = quick if params["method"] == QUICK else asked.ask(_KIND, run.id, params)
    if task.is_live:
        asked.waiting(quick if quick.is_live else task, "study-waiting", SLOW.get(params["method"], ""))
        task = quick
    if task.is_live:
        _places()
    elif task.state == "finished":
        if run.step > task.result["step"]:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.caption(f"Seen with {task.result['features']}; the run has gone on since.", width="content")
                st.button("Look again", on_click=asked.again, icon=":material/refresh:", type="tertiary")
        study_view.show(run, task)
    else:
        asked.unanswered(task, "study-again")


def _places() -> None:
    """The shape of what follows, as long as there is nothing better."""
    left, right = st.columns([3, 2], gap="large")
    left.skeleton(study_view.HEIGHT)
    right.skeleton(180)
    right.skeleton(180)

"""Which run a page is about: the one its address names."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

import streamlit as st

from app.parts import guard, places, words
from engine import api
from engine.api import Run
from engine.errors import DistilleryError, NotFound

PICKER = "picked-run"


Heading = Callable[..., object]  # st.header or st.subheader


def run_from_url() -> Run:
    """The run of `?id=`. Where there is none: a way out, and the end of the page."""
    run_id = st.query_params.get("id", "")
    if not run_id:
        _nowhere("Choose a run to look at", "The list shows every run of this workspace.")
    return _read(run_id)


def run_from_picker() -> Run:
    """A list of runs to choose from, starting with the one of `?id=`, else the newest. The address follows the choice."""
    try:
        runs = {run.id: run for run in api.list_runs()}
    except DistilleryError as error:
        guard.stop(error)
    if not runs:
        _nowhere("There is no run yet", "Launch one first: its network decides what is representative.", st.subheader)
    asked = st.query_params.get("id", "")
    if asked and asked not in runs:
        return _read(asked, st.subheader)
    st.session_state[PICKER] = asked or next(iter(runs))
    return runs[
        st.selectbox("Run", list(runs), format_func=lambda i: _title(runs[i]), key=PICKER, on_change=_follow, width=560)
    ]


def _title(run: Run) -> str:
    return f"{run.name} · {run.state} · {words.age(run.created)}"


def _follow() -> None:
    """The address names the picked run and nothing else: a class of another dataset would mean nothing."""
    st.query_params.from_dict({"id": st.session_state[PICKER]})


def _read(run_id: str, heading: Heading = st.header) -> Run:
    try:
        return api.get_run(run_id)
    except NotFound:
        _nowhere(
            f"There is no run “{run_id[:40]}” here",
            "It may have been deleted, or it belongs to another workspace.",
            heading,
        )
    except DistilleryError as error:
        guard.stop(error)


def _nowhere(title: str, text: str, heading: Heading = st.header) -> NoReturn:
    """A way on. `heading`: a smaller one on a page that has its title already."""
    heading(title, anchor=False)
    st.caption(text)
    with st.container(horizontal=True):
        st.page_link(places.RUNS, label="All runs", icon=":material/arrow_back:")
        st.page_link(places.LAUNCH, label="New run", icon=":material/add_circle:")
    st.stop()

"""The page of all runs: filter, list, what a click on a row does, and the empty state."""

from __future__ import annotations

import streamlit as st
from PIL import Image

from app.components.run_list import run_list
from app.parts import engine_room, guard, live, pictures, places, style, undo
from app.views.launch.launch_form import DEMO
from engine import api
from engine.api import Run
from engine.errors import DistilleryError

FILTER_FROM = 6  # runs; fewer are found by eye
PER_PAGE = 25
ACTIONS = {"pause": api.pause, "stop": api.stop, "resume": api.resume}


def overview() -> None:
    """The list and all around it."""
    try:
        runs = api.list_runs()
    except DistilleryError as error:
        guard.stop(error)
    if not runs:
        _welcome()
        return
    engine_room.wake(runs)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header("Runs", anchor=False, width="stretch")
        st.page_link(places.LAUNCH, label="New run", icon=":material/add_circle:")
    found, states = _filter(runs) if len(runs) >= FILTER_FROM else ("", [])
    every = live.TICK if any(run.is_live for run in runs) else 5 * live.TICK
    st.fragment(_rows, run_every=every, key="runs-live")(found, states, every)


def _filter(runs: list[Run]) -> tuple[str, list[str]]:
    with st.container(horizontal=True, vertical_alignment="center"):
        text = st.text_input("Search", placeholder="Search name, dataset, recipe", icon=":material/search:", key="q", bind="query-params",
                             label_visibility="collapsed", width=320)  # fmt: skip
        there = [state for state in api.STATES if any(run.state == state for run in runs)]
        states = st.pills("State", there, selection_mode="multi", key="states", label_visibility="collapsed")
    return text, list(states)


def matches(run: Run, text: str, states: list[str]) -> bool:
    """Every word occurs in the name, dataset, recipe, preset or id; the state is one of the wanted, if any are."""
    hay = f"{run.name} {run.config.dataset} {run.config.recipe} {run.preset} {run.id}".lower()
    return all(word in hay for word in text.lower().split()) and (not states or run.state in states)


def _rows(text: str, states: list[str], every: float) -> None:
    with guard.told():
        runs = api.list_runs()
        if not runs or (every == live.TICK) != any(run.is_live for run in runs):
            st.rerun()
        runs = [run for run in runs if matches(run, text, states)]
        if not runs:
            st.caption("No run matches. Clear the search or the states above.")
            return
        pages = -(-len(runs) // PER_PAGE)
        place = st.session_state.get("runs-page", 1) - 1
        guard.show_fault()
        _act(run_list(runs[place * PER_PAGE : (place + 1) * PER_PAGE]), {run.id: run for run in runs})
        if pages > 1:
            st.pagination(pages, key="runs-page")


def _act(click: dict[str, str] | None, runs: dict[str, Run]) -> None:
    if click is None:
        return
    run, action = runs[click["id"]], click["action"]
    if action == "open":
        st.switch_page(places.RUN, query_params={"id": run.id})
    if action == "clone":
        st.switch_page(places.LAUNCH, query_params={"from": run.id})
    if action == "delete":
        guard.attempt(undo.delete, run)
    elif action in ACTIONS:
        guard.attempt(ACTIONS[action], run.id)
    st.rerun()


def _welcome() -> None:
    """What this is, and one thing to do."""
    with st.container(key="welcome", horizontal_alignment="center", gap="medium"):
        st.header("Distil a dataset into a handful of images", anchor=False, text_alignment="center")
        st.html(_before_and_after())
        st.markdown(
            "Dataset distillation turns thousands of training images into a few synthetic ones that teach a network "
            "almost as well. The demo does it with real handwritten digits, on any CPU, in about two minutes. Watch the "
            "images form, and see how well a network trained on them alone reads digits it has never seen.",
            text_alignment="center",
            width=720,
        )
        if st.button("Run the two-minute demo", type="primary", icon=":material/play_arrow:"):
            with guard.told():
                with st.spinner("Starting the engine"):
                    run = api.launch({}, preset=DEMO)
                st.switch_page(places.RUN, query_params={"id": run.id})


@st.cache_data(show_spinner=False)
def _before_and_after() -> str:
    """Real digits, an arrow, and what the demo once made of them."""
    sides = (("welcome-real.png", 1, "1,437 real images"), ("welcome-distilled.png", 3, "10 synthetic images"))
    figures = [
        f'<figure><img alt="" src="{pictures.data_url(picture)}" style="width:{picture.width * scale}px">'
        f"<figcaption>{caption}</figcaption></figure>"
        for name, scale, caption in sides
        for picture in (Image.open(style.ASSETS / name),)
    ]
    return f'<div class="gallery welcome">{figures[0]}<span aria-hidden="true">→</span>{figures[1]}</div>'

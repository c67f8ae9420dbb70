"""What is about to be launched, what it will cost, what others got, and the button."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from app.charts.published import published
from app.components.live_chart import live_chart
from app.parts import guard, places, words
from app.views.launch import draft, state, sweep_panel
from engine import api
from engine.api import SweepPlan
from engine.config import RunConfig
from engine.errors import BadConfig, DistilleryError

NAME = "launch-name"


def summary(config: RunConfig, problems: Mapping[str, str], plan: SweepPlan | None) -> None:
    """The right-hand side of the launch page. `plan`: of a sweep; None for one run."""
    with st.container(border=True, key="summary"):
        st.markdown(draft.sentence(config) if plan is None else sweep_panel.sentence(plan))
        _own(config)
        if plan:
            sweep_panel.panel(plan)
        elif not problems:
            _cost(config)
        placeholder = "Optional; made from the settings when empty"
        st.text_input("Name", placeholder=placeholder, max_chars=120, key=NAME)
        if problems:
            st.markdown(f":red[:material/error: To mend first: {', '.join(draft.label(n) for n in problems)}.]")
        _button(problems, plan)
        with st.popover("Share this launch", icon=":material/link:", type="tertiary", key="share"):
            local = " The path of the images is one of this machine." if config.data_dir else ""
            st.caption(f"Whoever opens this link finds the form filled in like this; nothing is launched by it.{local}")
            st.code(state.here(), language=None, wrap_lines=True)
    _others(config)


def _own(config: RunConfig) -> None:
    mine = draft.own(state.given())
    if mine:
        plain = f"{words.recipe(config)} on {config.spec.title}"
        st.caption(f"Unlike {plain} by itself: " + ", ".join(f"{name} {_text(value)}" for name, value in mine.items()))
    if mine or state.varied():
        st.button("Back to the usual settings", on_click=_plain, type="tertiary", icon=":material/undo:")


def _plain() -> None:
    state.put(dict(draft.START) | draft.plainly(state.given()))


def _text(value: object) -> str:
    return f"**{words.plain(', '.join(map(str, value)) if isinstance(value, (tuple, list)) else str(value))}**"


def _cost(config: RunConfig) -> None:
    with guard.told():
        likely = api.estimate(config)
        with st.container(horizontal=True):
            st.metric("Time, about", words.roughly(likely.seconds), width="content")
            st.metric("Memory, about", words.size(words.MEGA * likely.memory_mb), width="content")
        st.caption(f"From: {likely.basis}.")
        sweep_panel.memory_warning(config, likely.memory_mb)


def _button(problems: Mapping[str, str], plan: SweepPlan | None) -> None:
    """On a narrow screen it stays at the bottom edge, wherever one is on the page."""
    shut = api.readonly()
    label = f"Queue {len(plan.runs)} runs" if plan and len(plan.runs) > 1 else "Launch"
    with st.container(key="launch-bar"):
        if st.button(
            label, type="primary", icon=":material/play_arrow:", disabled=bool(problems) or shut, width="stretch"
        ):
            _launch(plan)
        if shut:
            st.caption("This Distillery only shows: nothing can be launched here.")


def _launch(plan: SweepPlan | None) -> None:
    """Launches and goes to the run, or to the runs of the sweep; what is refused is kept for the fields it is about."""
    name = str(st.session_state.get(NAME, ""))
    try:
        with st.spinner("Starting the engine"):
            if plan is None:
                run = api.launch(draft.whole(state.given()).to_dict(), preset=state.preset(), name=name)
            else:
                run = api.launch_sweep(state.given(), plan.varied, name=name)[0]
    except BadConfig as error:
        st.session_state[state.REFUSED] = error.problems
        st.rerun()
    except DistilleryError as error:
        guard.show(error)
        return
    if plan is None:
        st.switch_page(places.RUN, query_params={"id": run.id})
    grouped = {"grouped": "true"} if "seed" in plan.varied else {}
    st.switch_page(places.RUNS, query_params={"tags": run.tags[0]} | grouped)


def _others(config: RunConfig) -> None:
    figures = [figure for figure in api.published(config) if figure.accuracy]
    if not figures:
        st.caption(f"Nothing was published for {config.spec.title}, ipc {config.ipc}.")
        return
    recipe = next(entry["title"] for entry in api.recipes() if entry["name"] == config.recipe)
    st.markdown(
        f"**Published** for {config.spec.title}, ipc {config.ipc}",
        help="As the papers report it, each under its own protocol. " + ", ".join(sorted({f.source for f in figures})),
    )
    figure = published(figures, recipe)
    live_chart(figure, "published", "Published accuracies", height=figure.layout.height)
    st.caption("Your recipe stands out. Expect to land near it only with the paper's own settings.")

"""What is about to be launched, what it will cost, what others got, and the button."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from app.charts.published import published
from app.components.live_chart import live_chart
from app.parts import guard, places, words
from app.views.launch import draft, launch_form
from engine import api
from engine.config import RunConfig
from engine.errors import BadConfig, DistilleryError


def summary(config: RunConfig, problems: Mapping[str, str]) -> None:
    """The right-hand side of the launch page."""
    with st.container(border=True, key="summary"):
        st.markdown(draft.sentence(config))
        _own(config)
        _cost(config, problems)
        name = st.text_input(
            "Name", placeholder="Optional; made from the settings when empty", max_chars=120, key="launch-name"
        )
        if problems:
            st.markdown(f":red[:material/error: To mend first: {', '.join(draft.label(n) for n in problems)}.]")
        if st.button("Launch", type="primary", icon=":material/play_arrow:", disabled=bool(problems), width="stretch"):
            _launch(name)
    _others(config)


def _own(config: RunConfig) -> None:
    mine = draft.own(launch_form.given())
    if mine:
        plain = f"{words.recipe(config)} on {config.spec.title}"
        st.caption(f"Unlike {plain} by itself: " + ", ".join(f"{name} {_text(value)}" for name, value in mine.items()))
        st.button("Back to the usual settings", on_click=_plain, type="tertiary", icon=":material/undo:")


def _plain() -> None:
    launch_form.put(draft.plainly(launch_form.given()))


def _text(value: object) -> str:
    return f"**{words.plain(', '.join(map(str, value)) if isinstance(value, (tuple, list)) else str(value))}**"


def _cost(config: RunConfig, problems: Mapping[str, str]) -> None:
    if problems:
        return
    with guard.told():
        likely = api.estimate(config)
        with st.container(horizontal=True):
            st.metric("Time, about", words.roughly(likely.seconds), width="content")
            st.metric("Memory, about", words.megabytes(likely.memory_mb), width="content")
        st.caption(f"From: {likely.basis}.")
        free = api.free_memory(config)
        if free is not None and likely.memory_mb > free:
            st.warning(
                f"Only {words.megabytes(free)} of this machine's memory are free now. The run may be ended by the system when "
                "it has none left; lower clusters, batch real, width or ipc, or free memory first.",
                icon=":material/memory:",
            )


def _launch(name: str) -> None:
    """Launches and goes to the run; what is refused is kept for the fields it is about."""
    try:
        with st.spinner("Starting the engine"):
            settings = draft.whole(launch_form.given()).to_dict()
            run = api.launch(settings, preset=st.session_state[launch_form.PRESET], name=name)
    except BadConfig as error:
        st.session_state[launch_form.REFUSED] = error.problems
        st.rerun()
    except DistilleryError as error:
        guard.show(error)
        return
    st.switch_page(places.RUN, query_params={"id": run.id})


def _others(config: RunConfig) -> None:
    figures = [figure for figure in api.published(config) if figure.accuracy]
    if not figures:
        st.caption(f"Nothing was published for {config.spec.title} at ipc {config.ipc}.")
        return
    recipe = next(entry["title"] for entry in api.recipes() if entry["name"] == config.recipe)
    st.markdown(
        f"**Published** for {config.spec.title}, ipc {config.ipc}",
        help="As the papers report it, each under its own protocol. " + ", ".join(sorted({f.source for f in figures})),
    )
    figure = published(figures, recipe)
    live_chart(figure, "published", "Published accuracies", height=figure.layout.height)
    st.caption("Your recipe stands out. Expect to land near it only with the paper's own settings.")

"""All studies: what each asks, how to start it, and those that were launched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st

from app import palette
from app.parts import guard, places, undo, words
from app.parts.live import TICK
from engine import api
from engine.api import StudyRecord
from engine.errors import DistilleryError

SMALL, LARGE = "digits", "paper"
SLOW = 5 * TICK  # seconds
Studies = Mapping[str, Mapping[str, Any]]


def overview() -> None:
    """The cards, then what was launched."""
    undo.bar()
    st.header("Studies", anchor=False)
    st.caption(
        "Each study is a grid of runs that answers one question with a table or figure of the DREAM+ paper. "
        "Run it here on small digits in minutes, or with the paper's own settings on a GPU."
    )
    try:
        known = {study["name"]: study for study in api.studies()}
        launched, likely = api.list_studies(), api.study_seconds(SMALL)
    except DistilleryError as error:
        guard.stop(error)
    wake(launched)
    guard.show_fault()
    with st.grid(3, min_column_width=330, key="study-cards"):
        for study in known.values():
            newest = next((one for one in launched if one.name == study["name"]), None)
            _card(study, newest, likely[study["name"]])
    st.subheader("Launched", anchor=False)
    if launched:
        live = any(one.is_live for one in launched)
        st.fragment(_rows, run_every=TICK if live else SLOW, key="studies-live")(known, live)
    else:
        st.caption("None yet. Start with one of the above: on digits, two cores are enough.")


def wake(launched: Iterable[StudyRecord]) -> None:
    """After a restart of the machine, opening a page is enough to get queued runs going again."""
    with guard.told():
        if any(one.is_live for one in launched) and not api.supervisor_alive():
            api.ensure_supervisor()


def _card(study: Mapping[str, Any], newest: StudyRecord | None, seconds: float | None) -> None:
    with st.container(border=True, height="stretch", gap="small", key=f"study-card-{study['name']}"):
        with st.container(gap=None):
            st.markdown(f"**{study['title']}**", help=study["see"])
            st.caption(study["source"])
        st.markdown(study["question"])
        st.space("stretch")
        if newest:
            _link(f"Newest: {newest.state}, {words.age(newest.created)}", newest)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            likely = f", about {words.roughly(seconds)}" if seconds else ""
            _start(study, SMALL, f"Run on digits · {_runs(study, SMALL)}{likely}")
            if LARGE in study["scales"]:
                with st.popover("Paper's settings", type="tertiary"):
                    st.markdown(
                        f"**{_runs(study, LARGE)}** with the paper's settings. They take hours to days and want a GPU."
                    )
                    _start(study, LARGE, f"Queue {_runs(study, LARGE)}")  # fmt: skip


def _runs(study: Mapping[str, Any], scale: str) -> str:
    count = study["scales"][scale]["runs"]
    return "1 run" if count == 1 else f"{count:,} runs"


def _start(study: Mapping[str, Any], scale: str, label: str) -> None:
    """A button that queues all runs and goes to the study."""
    name = study["name"]
    if st.button(
        label, key=f"study-{scale}-{name}", icon=":material/play_arrow:", help=study["scales"][scale]["title"]
    ):
        with guard.told():
            with st.spinner("Starting the engine"):
                record = api.launch_study(name, scale)
            st.switch_page(places.STUDIES, query_params={"id": record.id})


def _rows(known: Studies, was_live: bool) -> None:
    with guard.told():
        launched = api.list_studies()
        if not launched or any(one.is_live for one in launched) != was_live:
            st.rerun()  # the clock starts or slows down
        with st.container(gap=None, key="study-rows"):
            for one in launched:
                _row(one, known)


def _row(one: StudyRecord, known: Studies) -> None:
    """Title, state, how far, since when."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"study-row-{one.id}"):
        with st.container(width=260):
            _link(known[one.name]["title"] if one.name in known else one.name, one)
        with st.container(width=110):
            badge(one)
        with st.container(width="stretch"):
            if one.state != "finished":
                st.progress(one.progress, text=progress_word(one))
            else:
                st.caption(progress_word(one))
        with st.container(width=210):
            st.caption(f"{scale_word(one)} · {words.age(one.created)}")


def _link(label: str, one: StudyRecord) -> None:
    st.page_link(places.STUDIES, label=label, icon=":material/arrow_forward:", query_params={"id": one.id})


def badge(one: StudyRecord) -> None:
    """The state as a word, an icon and a colour."""
    state = palette.STATES[one.state]
    st.badge(state.word, icon=f":material/{state.icon}:", color=state.badge)


def progress_word(one: StudyRecord) -> str:
    """'48 % of 9 runs', or '9 runs' once all are over; '8 of 9 runs' when one was deleted."""
    count = "1 run" if len(one.members) == 1 else f"{len(one.members):,} runs"
    if one.state != "finished":
        return f"{100 * one.progress:.0f} % of {count}"
    return f"{len(one.members) - len(one.failed):,} of {count}" if one.failed else count


def scale_word(one: StudyRecord) -> str:
    return {SMALL: "digits", LARGE: "paper's settings"}.get(one.scale, one.scale)

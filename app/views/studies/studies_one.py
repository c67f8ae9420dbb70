"""One launched study: how far it is, what can be done with it, its figures, its numbers and its runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import streamlit as st

from app.parts import guard, places, words
from app.parts.live import TICK, follow
from app.views.studies import studies_extra, studies_figures, studies_list, studies_table
from engine import api
from engine.api import StudyRecord
from engine.errors import DistilleryError, NotFound

FIGURES = 4.0  # seconds: the curves of all runs are read anew
Part = Callable[[StudyRecord, Mapping[str, Any]], None]


def show(study_id: str) -> None:
    """The whole page."""
    one, study = _read(study_id)
    studies_list.wake([one])
    st.page_link(places.STUDIES, label="All studies", icon=":material/arrow_back:")
    _keep_up(_header, one, study, "study-head", TICK)
    if study["quantities"]:
        _keep_up(studies_figures.figures, one, study, "study-figures", FIGURES)
    studies_extra.show(one, study)
    _below(one, study)


def _read(study_id: str) -> tuple[StudyRecord, Mapping[str, Any]]:
    try:
        one = api.get_study(study_id)
        return one, _described(one)
    except NotFound:
        _nowhere(study_id)
    except DistilleryError as error:
        guard.stop(error)


def _described(one: StudyRecord) -> Mapping[str, Any]:
    """What the table of studies says of it. Raises NotFound for a study that this version does not know."""
    found = next((study for study in api.studies() if study["name"] == one.name), None)
    if found is None:
        raise NotFound(f"There is no study '{one.name}'.")
    return found


def _nowhere(study_id: str) -> NoReturn:
    st.header(words.plain(f"There is no study “{study_id[:40]}” here"), anchor=False)
    st.caption("It may have been deleted, or it belongs to another workspace.")
    st.page_link(places.STUDIES, label="All studies", icon=":material/arrow_back:")
    st.stop()


def _keep_up(part: Part, one: StudyRecord, study: Mapping[str, Any], key: str, every: float) -> None:
    """Shows `part`, again every so many seconds with the study as it is then, until all of its runs are over."""
    follow(
        lambda now: part(now, study),
        lambda: api.get_study(one.id),
        lambda now: now.is_live,
        key,
        every if one.is_live else None,
        one,
    )


def _header(one: StudyRecord, study: Mapping[str, Any]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="study-title"):
        with st.container(width="stretch", gap=None):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.header(study["title"], anchor=False, width="content")
                with st.container(width="content", key="study-state"):
                    studies_list.badge(one)
            st.caption(_facts(one, study))
        _buttons(one)
    guard.show_fault()
    st.markdown(f"{study['question']} {study['see']}", width=920)
    with st.empty():  # what was in it goes at once, not when the page's figures have been made
        if one.state != "finished":
            st.progress(one.progress, text=studies_list.progress_word(one))
    _failed(one)


def _facts(one: StudyRecord, study: Mapping[str, Any]) -> str:
    scale = study["scales"].get(one.scale, {}).get("title", one.scale)
    count = f"{len(one.members)} runs" if len(one.members) != 1 else "1 run"
    own = [f"{name} {value}" for name, value in one.settings.items()]
    return words.plain(" · ".join([f"Reproduces: {study['source']}", scale, count, *own, words.age(one.created)]))


def _buttons(one: StudyRecord) -> None:
    with st.container(horizontal=True, width="content", key="study-actions"):
        with st.empty():
            if one.is_live:
                _button("Stop", "stop", api.stop_study, one, "Each run saves a checkpoint, then ends. They can be resumed.")  # fmt: skip
            elif one.resumable:
                _button("Resume", "play_arrow", api.resume_study, one, "Stopped and failed runs go on from their last checkpoint.")  # fmt: skip
        with st.popover("Delete", icon=":material/delete:", disabled=one.is_live, help="Stop it first." if one.is_live else None):  # fmt: skip
            st.markdown("The study goes for good. Its runs go as well; each can be restored within a day.")
            if st.button("Delete study and runs", type="primary", icon=":material/delete:"):
                with guard.told():
                    api.delete_study(one.id)
                    st.switch_page(places.STUDIES)


def _button(label: str, icon: str, action: Callable[[str], Any], one: StudyRecord, hint: str) -> None:
    st.button(label, icon=f":material/{icon}:", help=hint, on_click=guard.attempt, args=(action, one.id))


def _failed(one: StudyRecord) -> None:
    """Runs that the figure has to do without, a line each."""
    if one.failed:
        lines = [f"- **{words.plain(f.cell)}**, seed {f.seed}: {words.plain(f.error)}" for f in one.failed]
        head = "One run is missing" if len(lines) == 1 else f"{len(lines)} runs are missing"
        st.error(f"{head} from the figures below.\n\n" + "\n".join(lines), icon=":material/error:")


def _below(one: StudyRecord, study: Mapping[str, Any]) -> None:
    """Numbers and runs, in tabs; only the open one is made."""
    parts: dict[str, Part] = {"Runs": studies_table.runs}
    if study["quantities"]:
        parts = {"Numbers": studies_table.numbers} | parts
    tabs = st.tabs(list(parts), key="study-tab", on_change="rerun")
    for tab, (name, part) in zip(tabs, parts.items(), strict=True):
        if tab.open:
            with tab:
                _keep_up(part, one, study, f"study-{name.lower()}", FIGURES)

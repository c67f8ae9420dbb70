"""The top of a run's page: what it is, how far it is, what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import streamlit as st

from app import palette
from app.parts import guard, places, undo, words
from app.parts.curves import curves_of
from app.views.run import export, machine
from engine import api
from engine.api import Run


class Action(NamedTuple):
    """A button that asks the engine for something."""

    label: str
    icon: str
    act: Callable[[str], Any]
    help: str
    primary: bool = False


PAUSE = Action(
    "Pause",
    "pause",
    lambda run: api.pause(run),
    "Saves a checkpoint, then frees the machine. Resume goes on exactly there.",
)
STOP = Action(
    "Stop", "stop", lambda run: api.stop(run), "Saves a checkpoint, then ends the run. It can still be resumed."
)
RESUME = Action("Resume", "play_arrow", lambda run: api.resume(run), "Goes on from the last checkpoint.", primary=True)


def header(run: Run) -> None:
    """Name, state, facts, buttons: what stands still while a run goes on (`keep_up` makes the page anew when one of them changes)."""
    with st.container(horizontal=True, vertical_alignment="center", key="run-head"):
        with st.container(width="stretch", gap=None, key="run-title"):
            _title(run)
            st.caption(words.facts(run) + _took(run))
        _buttons(run)
    guard.show_fault()
    if run.error:
        guard.show(run.error)


def _title(run: Run) -> None:
    state = palette.STATES[run.state]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.header(words.plain(run.name), anchor=False, width="content")
        if not api.readonly():
            _rename_popover(run)
        with st.container(width="content", key="run-state"):
            st.badge(state.word, icon=f":material/{state.icon}:", color=state.badge)
        if run.pinned:
            st.badge("pinned", icon=":material/keep:", color="gray")


def _rename_popover(run: Run) -> None:
    with st.popover("", icon=":material/edit:", type="tertiary", help="Rename this run"):
        st.text_input("Name", run.name, max_chars=120, key="run-name")
        st.button("Rename", on_click=_rename, args=(run.id,), type="primary")


def _rename(run_id: str) -> None:
    guard.attempt(api.rename, run_id, st.session_state["run-name"])


def _buttons(run: Run) -> None:
    """What the state allows: what one usually wants in sight, the rest in a menu. Each shows its request at once."""
    with st.container(horizontal=True, width="content", key="run-actions"):
        if not api.readonly():
            _changes(run)
        if st.button("Compare", icon=":material/compare_arrows:", help="This run beside others."):
            st.switch_page(places.COMPARE, query_params={"ids": run.id})
        if st.button("Present", icon=":material/slideshow:", help="The story of this run, full screen, for others."):
            st.switch_page(places.PRESENT, query_params={"id": run.id})
        export.popover(run)
        if not api.readonly():
            _more(run)


def _changes(run: Run) -> None:
    if run.is_live:
        for action in (PAUSE, STOP):
            _button(action, run, disabled=run.state == "stopping")
    if run.state in api.RESUMABLE:
        _button(RESUME, run)


def _button(action: Action, run: Run, disabled: bool = False) -> None:
    st.button(action.label, icon=f":material/{action.icon}:", help=action.help, disabled=disabled,
              type="primary" if action.primary else "secondary", on_click=guard.attempt, args=(action.act, run.id))  # fmt: skip


def _more(run: Run) -> None:
    with st.popover("More", icon=":material/more_horiz:"):
        if st.button(
            "Clone", icon=":material/content_copy:", type="tertiary", help="A new run, starting from these settings."
        ):
            st.switch_page(places.LAUNCH, query_params={"from": run.id})
        st.button("Unpin" if run.pinned else "Pin", icon=":material/keep:", type="tertiary", on_click=guard.attempt,
                  args=(api.pin, run.id, not run.pinned), help="A pinned run stays at the top of the list.")  # fmt: skip
        if st.button("Delete", icon=":material/delete:", type="tertiary", disabled=run.is_live,
                     help="Stop it first." if run.is_live else "Can be undone."):  # fmt: skip
            undo.delete(run)
            st.switch_page(places.RUNS)


def labels(run: Run) -> None:
    """A way to change tags and note. Not part of what ticks: a tick must not get into a person's typing."""
    if not api.readonly():
        with st.popover("Tags and note", icon=":material/sell:", type="tertiary", width="content"):
            _labels(run)


def notes(run: Run) -> None:
    """Tags and the note; no row of their own where there are none."""
    if not (run.tags or run.note):
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="run-notes"):
        for tag in run.tags:
            st.badge(words.plain(tag), color="gray", icon=":material/sell:")
        if run.note:
            st.markdown(words.plain(run.note).replace("\n", "  \n"), width="content")


def _labels(run: Run) -> None:
    known = sorted({tag for other in api.list_runs() for tag in other.tags})
    st.multiselect(
        "Tags", known, list(run.tags), accept_new_options=True, key=f"tags-{run.id}", placeholder="Choose or type"
    )
    st.text_area(
        "Note", run.note, max_chars=4000, key=f"note-{run.id}", height=120, placeholder="What is this run for?"
    )
    st.button("Save", on_click=_label, args=(run.id,), type="primary", key="save-notes")


def _label(run_id: str) -> None:
    guard.attempt(api.tag, run_id, st.session_state[f"tags-{run_id}"])
    guard.attempt(api.annotate, run_id, st.session_state[f"note-{run_id}"] or "")


def _took(run: Run) -> str:
    """What a finished run has done, and how long it took; nothing before."""
    if run.state != "finished":
        return ""
    done = words.many(run.total, "inner loop") if run.config.outer else "done"
    return f" · {done} in {words.duration(run.seconds)}"


def progress(run: Run) -> None:
    """How far it is, how fast, and for how long still; nothing once it has finished."""
    if run.state == "finished":
        return
    parts = [words.phase(run), f"{run.step:,} / {run.total:,} loops"]
    if run.is_live and run.state != "queued":
        parts += [*_pace(run), f"{words.duration(run.eta)} left" if run.eta is not None else "time left: measuring"]
    st.progress(run.progress, text=" · ".join(part for part in parts if part))


def _pace(run: Run) -> list[str]:
    """How fast it is and how busy the machine, as last measured, while inner loops are what it does."""
    if not machine.distils(run):
        return []
    table, _ = curves_of(run.id).read()
    speed, busy = machine.reading(run, table, "speed"), machine.reading(run, table, "utilisation")
    return [words.rate(speed or 0.0), "" if busy is None else f"{busy:.0f} % of the {words.place(run)}"]

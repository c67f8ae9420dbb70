"""The top of a run's page: what it is, how far it is, what can be done with it."""

from __future__ import annotations

import streamlit as st

from app import palette
from app.parts import guard, places, undo, words
from app.parts.curves import curves_of
from app.views.run import export, machine
from engine import api
from engine.api import Run

RESUMABLE = ("stopped", "paused", "failed", "lost")


def header(run: Run) -> None:
    """Name, state, facts, buttons, progress."""
    with st.container(horizontal=True, vertical_alignment="center", key="run-head"):
        with st.container(width="stretch", gap=None, key="run-title"):
            _title(run)
            st.caption(words.facts(run))
        _buttons(run)
    guard.show_fault()
    _progress(run)
    if run.error:
        guard.show(run.error)


def _title(run: Run) -> None:
    state = palette.STATES[run.state]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.header(words.plain(run.name), anchor=False, width="content")
        with st.popover("", icon=":material/edit:", type="tertiary", help="Rename this run"):
            st.text_input("Name", run.name, max_chars=120, key="run-name")
            st.button("Rename", on_click=_rename, args=(run.id,), type="primary")
        with st.container(width="content", key="run-state"):
            st.badge(state.word, icon=f":material/{state.icon}:", color=state.badge)


def _rename(run_id: str) -> None:
    guard.attempt(api.rename, run_id, st.session_state["run-name"])


def _buttons(run: Run) -> None:
    """Those that the state allows; each shows its request at once."""
    with st.container(horizontal=True, width="content", key="run-actions"):
        if run.is_live:
            waits = run.state == "stopping"
            _button(
                "Pause",
                "pause",
                api.pause,
                run,
                "Saves a checkpoint, then frees the machine. Resume goes on exactly there.",
                waits,
            )
            _button(
                "Stop", "stop", api.stop, run, "Saves a checkpoint, then ends the run. It can still be resumed.", waits
            )
        if run.state in RESUMABLE:
            _button("Resume", "play_arrow", api.resume, run, "Goes on from the last checkpoint.", primary=True)
        if st.button("Clone", icon=":material/content_copy:", help="A new run, starting from these settings."):
            st.switch_page(places.LAUNCH, query_params={"from": run.id})
        export.popover(run)
        if st.button(
            "Delete",
            icon=":material/delete:",
            disabled=run.is_live,
            help="Stop it first." if run.is_live else "Can be undone.",
        ):
            undo.delete(run)
            st.switch_page(places.RUNS)


def _button(
    label: str, icon: str, action: object, run: Run, hint: str, disabled: bool = False, primary: bool = False
) -> None:
    st.button(label, icon=f":material/{icon}:", help=hint, disabled=disabled, type="primary" if primary else "secondary",
              on_click=guard.attempt, args=(action, run.id))  # fmt: skip


def _progress(run: Run) -> None:
    if run.state == "finished":
        done = f"{run.total:,} inner loops" if run.config.outer else "Done"
        st.caption(f"{done} in {words.duration(run.seconds)}.")
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

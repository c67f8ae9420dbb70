"""Delete first, offer to undo: nobody is asked whether they are sure."""

from __future__ import annotations

import streamlit as st

from app.parts import guard, words
from engine import api
from engine.api import Run
from engine.errors import DistilleryError

_DELETED = "deleted-runs"


def delete(*runs: Run) -> None:
    """Deletes them, and remembers which for the bar; one that cannot be deleted does not keep the others. Raises WrongState for a
    live run."""
    gone: list[tuple[str, str]] = []
    faults: list[DistilleryError] = []
    for run in runs:
        try:
            api.delete(run.id)
            gone.append((run.id, run.name))
        except DistilleryError as error:
            faults.append(error)
    if gone:
        st.session_state[_DELETED] = gone
    if faults:
        raise faults[0]


def bar() -> None:
    """'Deleted x. [Undo]', until it is undone, put away or replaced by another."""
    if _DELETED not in st.session_state:
        return
    gone: list[tuple[str, str]] = st.session_state[_DELETED]
    what = f"**{words.plain(gone[0][1])}**. It" if len(gone) == 1 else f"**{len(gone)} runs**. They"
    with st.container(horizontal=True, vertical_alignment="center", border=True, key="undo-bar"):
        st.markdown(f":material/delete: Deleted {what} can be brought back for a day.", width="stretch")
        ids = [run_id for run_id, _ in gone]
        st.button("Undo", icon=":material/undo:", on_click=_undo, args=(ids,), type="primary")
        st.button("", icon=":material/close:", help="Put this away", on_click=forget, type="tertiary", key="undo-close")
    guard.show_fault()


def forget() -> None:
    st.session_state.pop(_DELETED, None)


def _undo(run_ids: list[str]) -> None:
    for run_id in run_ids:
        guard.attempt(api.restore, run_id)
    forget()

"""Delete first, offer to undo: nobody is asked whether they are sure."""

from __future__ import annotations

import streamlit as st

from app.parts import guard, words
from engine import api
from engine.api import Run

_DELETED = "deleted-run"


def delete(run: Run) -> None:
    """Deletes, and remembers what for the bar. Raises WrongState for a live run."""
    api.delete(run.id)
    st.session_state[_DELETED] = (run.id, run.name)


def bar() -> None:
    """'Deleted x. [Undo]', until it is undone, put away or replaced by another."""
    if _DELETED not in st.session_state:
        return
    run_id, name = st.session_state[_DELETED]
    with st.container(horizontal=True, vertical_alignment="center", border=True, key="undo-bar"):
        st.markdown(
            f":material/delete: Deleted **{words.plain(name)}**. It can be brought back for a day.", width="stretch"
        )
        st.button("Undo", icon=":material/undo:", on_click=_undo, args=(run_id,), type="primary")
        st.button("", icon=":material/close:", help="Put this away", on_click=forget, type="tertiary", key="undo-close")
    guard.show_fault()


def forget() -> None:
    st.session_state.pop(_DELETED, None)


def _undo(run_id: str) -> None:
    guard.attempt(api.restore, run_id)
    forget()

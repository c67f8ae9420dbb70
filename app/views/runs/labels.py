"""The dialogs in which people write onto runs: tags, and for one run its note."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from app.parts import guard, words
from engine import api
from engine.api import Run
from engine.errors import NotFound

_ASKED = "labels-of"
_FIELDS = ("labels-tags", "labels-note", "labels-add", "labels-remove")
NEW_TAG = "Type to find or make a tag"


def ask(run_ids: Sequence[str]) -> None:
    """The next run of the page opens the dialog for these runs. It stays until it is saved or put away, also when the list
    below it makes the page run anew."""
    close()
    st.session_state[_ASKED] = list(run_ids)


def close() -> None:
    for name in (_ASKED, *_FIELDS):
        st.session_state.pop(name, None)


def dialog(known: Sequence[Run]) -> None:
    """Shows it, if it was asked for."""
    wanted = set(st.session_state.get(_ASKED, ()))
    runs = [run for run in known if run.id in wanted]
    if not runs:
        return
    tags = sorted({tag for run in known for tag in run.tags})
    title = "Tags and note" if len(runs) == 1 else f"Tags of {len(runs)} runs"
    st.dialog(title, on_dismiss=close)(_one if len(runs) == 1 else _many)(runs, tags)


def _one(runs: Sequence[Run], tags: Sequence[str]) -> None:
    (run,) = runs
    st.caption(words.plain(run.name))
    st.multiselect("Tags", tags, run.tags, key="labels-tags", accept_new_options=True, placeholder=NEW_TAG)
    st.text_area(
        "Note", run.note, key="labels-note", max_chars=4000, height=160, placeholder="What was tried, what to watch"
    )
    _save(lambda: _label(run))


def _label(run: Run) -> None:
    """Raises NotFound, BadRequest."""
    api.tag(run.id, st.session_state["labels-tags"])
    api.annotate(run.id, st.session_state["labels-note"])


def _many(runs: Sequence[Run], tags: Sequence[str]) -> None:
    there = sorted({tag for run in runs for tag in run.tags})
    st.multiselect("Add to all", tags, key="labels-add", accept_new_options=True, placeholder=NEW_TAG)
    if there:
        st.multiselect("Remove where present", there, key="labels-remove")
    _save(lambda: _retag(runs))


def _retag(runs: Sequence[Run]) -> None:
    """Raises BadRequest; runs that are gone are left out."""
    add, remove = st.session_state["labels-add"], st.session_state.get("labels-remove", ())
    for run in runs:
        try:
            api.tag(run.id, (set(run.tags) - set(remove)) | set(add))
        except NotFound:
            continue


def _save(change: Callable[[], None]) -> None:
    """The button. What is refused is said above it, and the dialog stays."""
    if _ASKED not in st.session_state:
        st.rerun()  # saved: the list shows it
    guard.show_fault()
    st.button("Save", type="primary", icon=":material/check:", on_click=guard.attempt, args=(_done, change))


def _done(change: Callable[[], None]) -> None:
    change()
    close()

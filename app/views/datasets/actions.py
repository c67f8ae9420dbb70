"""What can be done with a dataset: look inside, download, stop, remove, use; and the bar that undoes a removal."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.parts import guard, places, words
from app.views.datasets.entries import FOLDER, Entry, settings
from engine import api

_REMOVED, _FREED = "dataset-removed", "dataset-freed"


def buttons(entry: Entry, where: str) -> None:
    """One row. `where` tells the rows of two places apart."""
    key = f"{where}-{entry.name}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if not entry.live and not api.readonly():
            _main(entry, key)
        if entry.place and entry.place.where == "needs path" and where == "card":
            st.page_link(
                places.DATASETS, label="Give its path", icon=":material/folder_open:", query_params={"name": entry.name}
            )
        if entry.here and not api.readonly():
            st.page_link(
                places.LAUNCH, label="Use in a new run", icon=":material/add_circle:", query_params=settings(entry)
            )


def _main(entry: Entry, key: str) -> None:
    """The one thing to do next."""
    if entry.look and entry.look.state in ("stopped", "failed") and (entry.here or entry.look.error):
        _ask(entry, "Try again", "refresh", key)
    elif entry.place and entry.place.where == "absent":
        _ask(entry, f"Download {words.size(entry.place.download)}", "download", key)
    elif entry.here and not entry.found:
        _ask(entry, "Look inside", "search", key)
    elif entry.own and entry.found and entry.own.changed:
        _ask(entry, "Look again", "refresh", key)


def _ask(entry: Entry, label: str, icon: str, key: str) -> None:
    st.button(
        label,
        icon=f":material/{icon}:",
        key=f"look-{key}",
        on_click=guard.attempt,
        args=(api.inspect_dataset, entry.dataset, entry.data_dir),
    )


def progress(entry: Entry) -> None:
    """How far a look or a download is, with its stop; why the last one ended early."""
    look = entry.look
    if look is None:
        return
    if look.state == "failed":
        guard.show(look.error)
    elif look.state == "stopped":
        st.caption(":material/stop_circle: Stopped before it was done.")
    elif look.is_live:
        share = min(look.done / look.total, 1.0) if look.total else 0.0
        phase = words.counted(look.phase, look.done, look.total)
        text = phase[:1].upper() + phase[1:] if look.phase else "Waiting for its turn"
        st.progress(share, text=words.plain("Stopping" if look.state == "stopping" else text))
        if look.state != "stopping" and not api.readonly():
            st.button(
                "Stop",
                icon=":material/stop_circle:",
                key=f"stop-{entry.name}",
                on_click=guard.attempt,
                args=(api.stop_task, look.id),
            )


def remove(entry: Entry) -> None:
    """For the dataset's own view. What cannot be had back at once is asked for twice."""
    if api.readonly() or entry.live:
        return
    if entry.own and not entry.own.uploaded:
        st.button("Remove", icon=":material/delete:", help="Takes it off this list; the files stay where they are.",
                  on_click=guard.attempt, args=(_forget, entry), type="tertiary")  # fmt: skip
    elif entry.own or (entry.place and entry.place.where != "bundled" and entry.place.bytes):
        with st.popover("Remove", icon=":material/delete:", type="tertiary"):
            if entry.own:
                st.markdown("The uploaded archive is deleted from this workspace and cannot be brought back.")
            else:
                st.markdown("The downloaded files are deleted. They can be downloaded again.")
            st.button("Delete the files", type="primary", on_click=guard.attempt, args=(_delete, entry))


def _forget(entry: Entry) -> None:
    api.remove_dataset(entry.name)
    st.session_state[_REMOVED] = (entry.name, entry.data_dir)
    leave()


def _delete(entry: Entry) -> None:
    if entry.own:
        api.remove_dataset(entry.name)
        leave()
    else:
        freed = api.forget_downloaded(entry.name)
        st.session_state[_FREED] = f"{entry.title}: {words.size(freed)} are free again."


def leave() -> None:
    """Back to the cards."""
    st.query_params.clear()


def freed() -> None:
    """What the last deletion has freed, once."""
    if sentence := st.session_state.pop(_FREED, ""):
        st.toast(words.plain(sentence), icon=":material/check_circle:")


def bar() -> None:
    """'Removed x. [Undo]', until it is put away."""
    if _REMOVED not in st.session_state:
        return
    name, path = st.session_state[_REMOVED]
    with st.container(horizontal=True, vertical_alignment="center", border=True, key="dataset-undo"):
        st.markdown(
            f":material/delete: Removed **{words.plain(name)}** from the list. Its files are untouched.",
            width="stretch",
        )
        st.button("Undo", icon=":material/undo:", type="primary", on_click=_undo, args=(name, path))
        st.button("", icon=":material/close:", help="Put this away", type="tertiary", key="dataset-undo-close",
                  on_click=lambda: st.session_state.pop(_REMOVED, None))  # fmt: skip


def _undo(name: str, path: str) -> None:
    def back() -> None:
        api.add_dataset(name, Path(path))
        del st.session_state[_REMOVED]  # only now: what is refused can be tried again
        api.inspect_dataset(FOLDER, path)

    guard.attempt(back)

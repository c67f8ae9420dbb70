"""Export of a run's newest images: choose a format, wait a moment, take the file."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.parts import guard
from engine import api
from engine.api import Run

FORMATS = {
    "npz": "NumPy (.npz)",
    "safetensors": "safetensors",
    "folder": "folder of PNG files",
    "pt": "PyTorch (.pt), for IDC's and DREAM's test scripts",
}


def popover(run: Run) -> None:
    """A button that opens the choice; what was asked for stays until another is."""
    with st.popover("Export", icon=":material/download:"):
        form = st.selectbox("Format", list(FORMATS), format_func=FORMATS.__getitem__, key="export-format")
        st.caption("The newest stored images and their labels; not decoded.")
        st.button("Export", type="primary", on_click=_ask, args=(run.id,), key="export-go")
        guard.show_fault()
        if task_id := st.session_state.get(_key(run.id, form)):
            with guard.told():
                task = api.task(task_id)
                st.fragment(_show, run_every=1.0 if task.is_live else None, key="export-task")(task.id, task.is_live)


def _key(run_id: str, form: str) -> str:
    return f"export-{run_id}-{form}"


def _ask(run_id: str) -> None:
    form = st.session_state["export-format"]

    def ask() -> None:
        st.session_state[_key(run_id, form)] = api.request("export", run_id, {"format": form}).id

    guard.attempt(ask)


def _show(task_id: str, was_live: bool) -> None:
    task = api.task(task_id)
    if task.is_live != was_live:
        st.rerun()  # the clock stops
    if task.state == "failed":
        guard.show(task.error)
    elif task.state == "finished":
        path = Path(str(task.result["path"]))
        st.caption(f"Step {task.result['step']:,}, in the workspace:")
        st.code(str(path), language=None, wrap_lines=True)
        if path.is_file():
            st.download_button(
                "Download", path.read_bytes, file_name=path.name, on_click="ignore", icon=":material/download:"
            )
    else:
        st.progress(task.done / task.total if task.total else 0.0, text=task.phase or "Waiting for the engine")

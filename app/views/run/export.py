"""What can be taken away from a run: its newest images in several formats, its report, a film of its images."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.parts import asked, guard, words
from app.report.builds import FAILED, FINISHED, Builds, Look
from app.report.slides import filename
from engine import api
from engine.api import Run

TITLES = {
    "npz": "NumPy (.npz)",
    "safetensors": "safetensors",
    "folder": "Folder of PNG files",
    "pt": "PyTorch (.pt), for IDC's and DREAM's test scripts",
}
FORMATS = {form: TITLES.get(form, form) for form in api.EXPORTS}  # one that has no title yet goes by its name
FILES = {
    "html": "Report: the whole story in one HTML file",
    "gif": "Film of the images (.gif)",
    "mp4": "Film of the images (.mp4)",
}
ABOUT = {
    "html": "Opens without a network: images, curves, accuracy. Its figures can be saved as PNG, SVG and CSV.",
    "gif": "The images from the start to the newest step; grey levels are exact, colours at most 256 a frame.",
    "mp4": "The images from the start to the newest step, for slides.",
}
NEWEST = "The newest stored images and their labels; not decoded."
GONE = "It is not kept any more; export it again."


@st.cache_resource(show_spinner=False)
def builds() -> Builds:
    """The one `Builds` of this server."""
    return Builds()


def popover(run: Run) -> None:
    """A button that opens the choice; what was asked for stays until another is. Who may only look gets what needs no export."""
    choices = FILES if api.readonly() else FORMATS | FILES
    with st.popover("Export", icon=":material/download:"):
        form = st.selectbox("Format", list(choices), format_func=choices.__getitem__, key="export-format")
        st.caption(ABOUT.get(form, NEWEST))
        st.button("Export", type="primary", on_click=_ask, args=(run.id,), key="export-go")
        guard.show_fault()
        if wanted := st.session_state.get(_key(run.id, form)):
            _file(run, wanted) if form in FILES else _task(wanted)


def _key(run_id: str, form: str) -> str:
    return f"export-{run_id}-{form}"


def _ask(run_id: str) -> None:
    form = st.session_state["export-format"]

    def ask() -> None:
        st.session_state[_key(run_id, form)] = (
            builds().ask(run_id, form, _content(run_id))
            if form in FILES
            else api.request("export", run_id, {"format": form}).id
        )

    guard.attempt(ask)


def _content(run_id: str) -> str:
    """Changes whenever a file about the run would."""
    run = api.get_run(run_id)
    return f"{run.name} {run.state} {run.step} {sum(map(len, run.results.values()))}"


def _file(run: Run, key: str) -> None:
    with guard.told():
        working = _works(builds().look(key))
        st.fragment(_show_file, run_every=1.0 if working else None, key="export-file")(run, key, working)


def _works(look: Look | None) -> bool:
    return look is not None and look.state not in (FINISHED, FAILED)


def _show_file(run: Run, key: str, was_working: bool) -> None:
    with guard.told():
        look = builds().look(key)
        if _works(look) != was_working:
            st.rerun()  # the clock stops
        if look is None:
            st.caption(GONE)
        elif look.state == FAILED:
            guard.show(look.error)
        elif look.state == FINISHED:
            _download(look.path, f"{filename(run.name, run.id)}{look.path.suffix}")
        else:
            st.progress(look.done / look.total if look.total else 0.0, text=look.phase.capitalize())


def _download(path: Path, name: str) -> None:
    """A button with the file behind it; a sentence where the file has been deleted meanwhile."""
    try:
        size = path.stat().st_size
    except OSError:
        st.caption(GONE)
        return
    st.download_button(
        f"Download ({words.size(size)})", path.read_bytes, file_name=name, on_click="ignore", icon=":material/download:"
    )


def _task(task_id: str) -> None:
    with guard.told():
        task = asked.known(task_id)
        live = task is not None and task.is_live
        st.fragment(_show, run_every=1.0 if live else None, key="export-task")(task_id, live)


def _show(task_id: str, was_live: bool) -> None:
    with guard.told():
        task = asked.known(task_id)
        if (task is not None and task.is_live) != was_live:
            st.rerun()  # the clock stops
        if task is None:
            st.caption(GONE)
        elif task.is_live:
            asked.far(task)
        elif task.state == "finished":
            path = Path(str(task.result["path"]))
            st.caption(f"Step {task.result['step']:,}, in the workspace:")
            st.code(str(path), language=None, wrap_lines=True)
            if not path.is_dir():
                _download(path, path.name)
        else:
            guard.show(task.error or "The export was stopped; ask for it again.")

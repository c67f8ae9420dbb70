"""What waits: runs in the order in which they will start, and the lab's tasks."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app.parts import guard, places, words
from engine import api
from engine.api import Task, Waiting

SHOWN = 50  # waiting runs; the rest are counted


def panel() -> None:
    """The queue of runs, then that of tasks."""
    with guard.told():
        _runs(api.queued(SHOWN), api.queue_length())
        _tasks(api.live_tasks())


def _runs(queue: list[Waiting], count: int) -> None:
    title = f"Queue · {count:,} waiting" if queue else "Queue"
    st.subheader(title, anchor=False, help="Runs start from the top as devices become free. Times are expected, from the speed of earlier runs here.")  # fmt: skip
    if not queue:
        st.caption(
            "Nothing waits. A run that is launched while all devices are taken appears here, and can be moved ahead."
        )
    elif not api.service("supervisor").alive:
        remedy = "" if api.readonly() else ": start the supervisor above"
        st.warning(f"Nobody is there to start these{remedy}.", icon=":material/bedtime:")
    with st.container(key="engine-queue", gap="small"):
        for waiting in queue:
            _run(waiting, count)
    if count > len(queue):
        st.caption(f"And {count - len(queue):,} more behind these.")


def _run(waiting: Waiting, count: int) -> None:
    run = waiting.run
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"queue-{run.id}"):
        st.markdown(f"{waiting.position + 1}", width=28)
        with st.container(width=340):
            st.page_link(
                places.RUN, label=words.plain(run.name), icon=":material/schedule:", query_params={"id": run.id}
            )
        st.caption(f"{words.plain(words.facts(run))} · {expected(waiting)}", width="stretch")
        if not api.readonly():
            _moves(run.id, waiting.position, count)


def expected(waiting: Waiting) -> str:
    """'starts in about 3 min, takes 2 h'; what nobody knows is left out."""
    start = waiting.start
    soon = (
        "start not known"
        if start is None
        else "starts next"
        if start < 1
        else f"starts in about {words.roughly(start)}"
    )
    return soon if waiting.seconds is None else f"{soon}, takes {words.roughly(waiting.seconds)}"


def _moves(run_id: str, position: int, count: int) -> None:
    first, last = position == 0, position == count - 1
    for icon, label, to, off in (
        ("vertical_align_top", "To the front", 0, first),
        ("arrow_upward", "Move up", position - 1, first),
        ("arrow_downward", "Move down", position + 1, last),
    ):
        _icon(label, icon, run_id, api.move_in_queue, run_id, to, off=off)
    _icon("Take it out of the queue", "stop_circle", run_id, api.stop, run_id)


def _icon(label: str, icon: str, about: str, action: Callable[..., object], *args: object, off: bool = False) -> None:
    """A button that shows its icon alone: see engine.css."""
    st.button(label, icon=f":material/{icon}:", help=label, disabled=off, key=f"{icon}-{about}", type="tertiary",
              on_click=guard.attempt, args=(action, *args))  # fmt: skip


def _tasks(live: list[Task]) -> None:
    st.subheader("Tasks of the lab", anchor=False, help="Work beside runs, one after another: sampling studies, evaluations, exports, looks inside datasets.")  # fmt: skip
    if not live:
        st.caption("None under way.")
        return
    with st.container(key="engine-tasks", gap="small"):
        for task in live[:SHOWN]:
            with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"task-{task.id}"):
                with st.container(width=280):
                    _about(task)
                st.caption(_how_far(task), width="stretch")
                if task.state != "stopping" and not api.readonly():
                    _icon("Stop", "stop_circle", task.id, api.stop_task, task.id)
    if len(live) > SHOWN:
        st.caption(f"And {len(live) - SHOWN:,} more behind these.")


def _about(task: Task) -> None:
    if task.run_id:
        st.page_link(places.RUN, label=f"{task.kind.capitalize()} of run {task.run_id}", icon=":material/science:", query_params={"id": task.run_id})  # fmt: skip
        return
    what = str(task.params.get("data_dir") or task.params.get("dataset", ""))
    st.page_link(places.DATASETS, label=words.plain(f"Look inside {what[-60:]}"), icon=":material/photo_library:")


def _how_far(task: Task) -> str:
    if task.state == "queued":
        return "waits"
    phase = words.counted(task.phase, task.done, task.total)
    return words.plain(f"{task.state}: {phase}" if task.phase else task.state)

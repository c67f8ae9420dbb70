"""Parts of a page that keep up with a run by themselves while it is live, and stand still afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import streamlit as st

from app.parts import guard
from engine import api
from engine.api import Run
from engine.errors import DistilleryError, NotFound

T = TypeVar("T")
TICK = 1.0  # seconds
FIGURES = 2.0  # seconds: figures and images cost a server and a browser far more than a line of text,
YOUNG = 30.0  # seconds of work, in which they tick as fast all the same: a first point is waited for


def keep_up(part: Callable[[Run], None], run: Run, key: str, every: float = TICK) -> None:
    """Shows `part(run)`, again every so many seconds with the run as it is then, until the run is over."""
    young = run.seconds < YOUNG
    interval = (min(every, TICK) if young else every) if run.is_live else None
    follow(part, lambda: api.get_run(run.id), seldom, key, interval, run)


def seldom(run: Run) -> object:
    """What of a run the still parts of its page show, and what its clocks go by."""
    clocks = (run.is_live, run.seconds < YOUNG)
    return clocks, run.state, run.name, run.device, run.pinned, run.tags, run.note, run.error, run.results


def follow(
    part: Callable[[T], None],
    read: Callable[[], T],
    clock: Callable[[T], object],
    key: str,
    every: float | None,
    first: T,
) -> None:
    """Shows `part(read())`, again every so many seconds (None = once). When `clock` says other than of `first`, the whole page is made
    anew: its clocks start, slow down or stop. So it is when `read` raises NotFound: deleted elsewhere, and the page says so."""
    before = clock(first)

    def body() -> None:
        try:
            now = read()
        except NotFound:
            st.rerun()
        except DistilleryError as error:
            guard.show(error)
            return
        if clock(now) != before:
            st.rerun()
        with guard.told():
            part(now)

    body.__qualname__ = f"follow.{key}"  # Streamlit tells fragments of one container apart by their function's name
    st.fragment(body, run_every=every, key=key)()


def keep_up_all(part: Callable[[list[Run]], None], runs: Sequence[Run], key: str, every: float = FIGURES) -> None:
    """Like `keep_up` for what shows several runs: those that were live are read anew, until none is."""
    live = [run.id for run in runs if run.is_live]

    def body() -> None:
        with guard.told():
            try:
                now = {run_id: api.get_run(run_id) for run_id in live}
            except NotFound:
                st.rerun()
            if live and not any(run.is_live for run in now.values()):
                st.rerun()  # the clock stops
            part([now.get(run.id, run) for run in runs])

    body.__qualname__ = f"keep_up_all.{key}"
    st.fragment(body, run_every=every if live else None, key=key)()

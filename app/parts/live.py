"""Parts of a page that keep up with a run by themselves while it is live, and stand still afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from app.parts import guard
from engine import api
from engine.api import Run
from engine.errors import DistilleryError, NotFound

TICK = 1.0  # seconds
FIGURES = 2.0  # seconds: figures and images cost a server and a browser far more than a line of text,
YOUNG = 30.0  # seconds of work, in which they tick as fast all the same: a first point is waited for


def keep_up(part: Callable[[Run], None], run: Run, key: str, every: float = TICK) -> None:
    """Shows `part(run)`, again every so many seconds with the run as it is then, until the run is over."""
    was_live, was_young = run.is_live, run.seconds < YOUNG

    def body() -> None:
        try:
            now = api.get_run(run.id)
        except NotFound:
            st.rerun()  # deleted elsewhere: the page says so
        except DistilleryError as error:
            guard.show(error)
            return
        if (now.is_live, now.seconds < YOUNG) != (was_live, was_young):
            st.rerun()  # the whole page: its clocks start, slow down or stop
        with guard.told():
            part(now)

    body.__qualname__ = f"keep_up.{key}"  # Streamlit tells fragments of one container apart by their function's name
    interval = min(every, TICK) if was_young else every
    st.fragment(body, run_every=interval if was_live else None, key=key)()


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

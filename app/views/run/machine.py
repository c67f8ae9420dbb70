"""What a run gets out of its machine: a row of figures, then the same as curves."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import NamedTuple

import streamlit as st

from app.charts.catalog import MACHINE
from app.charts.table import Table
from app.parts import words
from app.parts.curves import curves_of
from app.views.run import curve_panel
from engine import api
from engine.api import Run
from engine.metrics.catalog import METRICS, RATES


class Figure(NamedTuple):
    """One number: what it is, with its unit ("" = not known), what it is taken over, and what it means."""

    title: str
    value: str
    below: str
    help: str


def panel(run: Run) -> None:
    """Everything about the machine; what is not measured yet keeps its place."""
    table, _ = curves_of(run.id).read()
    st.caption(
        f"Device: {words.plain(run.device or words.wanted(run.config))} · work time {words.duration(run.seconds)}"
    )
    row = list(figures(run, table))
    with st.grid(len(row), min_column_width=150, key="rates"):
        for figure in row:
            missing = "measuring" if run.is_live else "not measured"
            st.metric(figure.title, figure.value or words.DASH, figure.below if figure.value else missing,
                      delta_color="off", delta_arrow="off", help=figure.help, border=True)  # fmt: skip
    curve_panel.charts(run, MACHINE)


def figures(run: Run, table: Table) -> Iterator[Figure]:
    """As last measured while inner loops are what the run does, else the median of the whole run."""
    speed, over = reading(run, table, "speed"), _over(run)
    yield _recorded("speed", words.rate(speed or 0.0), over)
    classes = run.config.spec.classes or len(api.class_names(run.id))
    for name, write in (("images", words.image_rate), ("arithmetic", words.arithmetic_rate)):
        each = RATES[name].per_loop(run.config, classes)
        if each is not None or name == "images":  # a folder's classes, and so its images, are known once it is read
            value = write(speed * each) if speed and each else ""
            yield Figure(RATES[name].title, value, over, RATES[name].meaning)
    busy = reading(run, table, "utilisation")
    yield _recorded("utilisation", "" if busy is None else f"{busy:.0f} %", f"{words.place(run)}, {over}")
    memory = table["memory"].values if "memory" in table else ()
    yield _recorded(
        "memory", words.size(words.MEGA * max(memory)) if memory else "", "peak so far" if run.is_live else "peak"
    )


def _recorded(name: str, value: str, below: str) -> Figure:
    return Figure(METRICS[name].title, value, below, METRICS[name].meaning)


def reading(run: Run, table: Table, name: str) -> float | None:
    """The value of that quantity to be shown as a number; None while there is none."""
    values = table[name].values if name in table else ()
    if not values:
        return None
    return values[-1] if distils(run) else statistics.median(values)


def distils(run: Run) -> bool:
    """Whether there are inner loops under way or to come."""
    return run.is_live and run.step < run.total


def _over(run: Run) -> str:
    loops = run.config.interval
    return ("last loop" if loops == 1 else f"last {loops:,} loops") if distils(run) else "median of the run"

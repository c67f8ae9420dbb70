"""The part Target: iterations and seconds until each run or group first reaches an accuracy."""

from __future__ import annotations

import math
from collections.abc import Sequence

import streamlit as st

from app.charts.compare.series import Series
from app.charts.compare.soon import Soon, soon
from app.charts.studies.table import number
from app.parts import sheet, words
from app.parts.live import keep_up_all
from app.views.compare import accuracies
from app.views.compare.units import Unit, again

SLOWEST = "the slowest"
HEAD = (
    "Run",
    "Inner loops",
    "Outer iterations",
    "Work time",
    "Speed-up in loops",
    "Speed-up in time",
    "Newest accuracy",
)
NEVER, FROM_START = "never", "from the start"
CAPTION = (
    "Where the accuracy, mean over the seeds of a group and linear between two evaluations, first is at the target or above. "
    "Work time is the run's own, its measurements and evaluations included. “Never”: not within the run."
)
_KEY = "compare-target"


def panel(units: Sequence[Unit]) -> None:
    """The target, what the others are compared with, the table."""
    curves = [accuracies.series(unit) for unit in units]
    if not any(points.steps for one in curves for points in one.curves):
        st.caption(
            "None of these runs has measured its accuracy along the way; set evaluate_every when you launch one."
        )
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        target = _target(curves)
        base = _base(units)
    runs = [run for unit in units for run in unit.runs]
    keep_up_all(lambda now: _table(again(units, now), target, base), runs, "compare-target-table")
    st.caption(CAPTION)


def _target(curves: list[Series]) -> float:
    st.session_state[_KEY] = accuracies.target(curves)
    help_ = "The accuracy to be reached. To begin with, the highest that all of them reach in the end."
    return float(st.number_input("Target accuracy [%]", accuracies.LEAST, accuracies.MOST, step=0.5, format="%.1f", key=_KEY,
                                 on_change=_follow, help=help_, width=180))  # fmt: skip


def _follow() -> None:
    st.query_params[accuracies.ASKED] = f"{st.session_state[_KEY]:g}"


def _base(units: Sequence[Unit]) -> str:
    """The key of the unit that speed-ups are over, "" for the slowest that gets there."""
    names = {"": SLOWEST} | {unit.key: unit.label for unit in units}
    host = next((unit.key for unit in units if unit.runs[0].config.recipe == unit.runs[0].config.host), "")
    help_ = "Speed-up: what this one needs, divided by what the other needs."
    chosen = st.selectbox("Compared with", list(names), list(names).index(host), format_func=names.__getitem__,
                          key=f"compare-base-{'-'.join(names)}", help=help_, width=300)  # fmt: skip
    return str(chosen)


def _table(units: Sequence[Unit], target: float, base: str) -> None:
    found = {unit.key: soon(accuracies.series(unit), target) for unit in units}
    reached = [one for one in found.values() if not one.never]
    slowest = max(reached, key=lambda one: one.loops, default=None)
    other = found.get(base, slowest)
    rows = [_row(unit, found[unit.key], other) for unit in units]
    with st.container(key="compare-target-place"):
        st.html(sheet.table(HEAD, rows, {unit.label for unit in units if unit.key == base}))


def _row(unit: Unit, one: Soon, other: Soon | None) -> tuple[str, ...]:
    label = unit.label + (f" (n {len(unit.runs)})" if len(unit.runs) > 1 else "")
    last = words.DASH if math.isnan(one.last) else f"{one.last:.1f} %"
    if one.never:
        return label, NEVER, NEVER, NEVER, words.DASH, words.DASH, last
    work = f"{one.seconds:.1f} s" if one.seconds < words.MINUTE else words.duration(one.seconds)
    return (
        label, number(one.loops), number(one.outer), work if one.seconds == one.seconds else words.DASH,
        faster(one.loops, other.loops if other else math.nan), faster(one.seconds, other.seconds if other else math.nan), last,
    )  # fmt: skip


def faster(own: float, other: float) -> str:
    """'2.4 ×': how many times as much the other needs."""
    if math.isnan(own) or math.isnan(other):
        return words.DASH
    return FROM_START if own == 0 else f"{other / own:.2g} ×"

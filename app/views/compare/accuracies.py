"""Accuracy curves alone, of as many runs as one likes: how soon each got where."""

from __future__ import annotations

import streamlit as st

from app.charts.compare.series import Series
from app.charts.compare.soon import soon
from app.charts.table import NOTHING, Points, table_of
from app.views.compare.units import Unit
from engine import api

CURVE, ASKED = "accuracy", "target"  # the quantity; the name in the address
LEAST, MOST = 0.0, 100.0  # percent


def series(unit: Unit) -> Series:
    """The unit's accuracy curves. Raises NotFound."""
    curves = tuple(_curve(run.id, (run.step, run.state)) for run in unit.runs)
    return Series(unit.label, unit.mark, curves, unit.runs[0].config)


@st.cache_data(max_entries=512, show_spinner=False)
def _curve(run_id: str, at: tuple[int, str]) -> Points:  # noqa: ARG001 - what makes it be read anew
    """One query for one curve, whenever the run has got further. Raises NotFound."""
    rows, _ = api.metrics(run_id, (CURVE,))
    return table_of(rows).get(CURVE, NOTHING)


def lowest_end(units: list[Series]) -> float:
    """The lowest of their newest accuracies, in tenths of a percent, which all of them reach; 90 where none is known."""
    ends = [found.last for one in units if (found := soon(one, LEAST)).last == found.last]
    return int(10 * min(ends)) / 10 if ends else 90.0


def target(units: list[Series]) -> float:
    """The accuracy that the address asks for; else the one that all of them reach."""
    try:
        asked = float(st.query_params.get(ASKED, ""))
    except ValueError:
        asked = -1.0
    return asked if LEAST <= asked <= MOST else lowest_end(units)

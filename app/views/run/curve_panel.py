"""A run's curves: figures that keep up with it, each with a caption and an explanation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import streamlit as st

from app.charts.catalog import CHARTS, Chart
from app.charts.table import Scene, Table
from app.components import steps
from app.components.chart_board import Card, chart_board
from app.parts import scores
from app.parts.curves import curves_of
from app.views.run import curve_controls
from engine import api
from engine.api import Run

WIDE = "accuracy"  # the figure that the others explain: over the whole width, first
_KEPT, MOST_KEPT = "figures", 32  # figures of the runs looked at last


class Look(NamedTuple):
    """Everything that a figure's looks depend on: how far the curves were read, and the scene."""

    version: int
    scene: Scene


def panel(run: Run) -> None:
    """All figures that this run has something for."""
    charts(run, CHARTS)


def charts(run: Run, which: Mapping[str, Chart]) -> None:
    """The figures of a table, two abreast where there is room."""
    if which is CHARTS and not has_curves(run):
        st.caption("No curves: these real images were chosen once, and nothing is matched.")
        return
    table, version = curves_of(run.id).read()
    look = Look(version, scene(run))
    there = {n: c for n, c in which.items() if c.shown(run.config) or _recorded(c, table)}
    wide = _wide(list(there))
    cards = [_card(run, name, chart, table, look, name in wide) for name, chart in there.items()]
    chart_board(cards, f"board-{run.id}-{next(iter(which))}")


def _wide(names: list[str]) -> set[str]:
    """Those that take the whole width: the accuracy, and a last one that would stand alone in its row."""
    others = [name for name in names if name != WIDE]
    return {WIDE} | ({others[-1]} if len(others) % 2 else set())


def has_curves(run: Run) -> bool:
    """Whether a run of these settings records any."""
    return run.config.outer > 0 or run.config.increments > 1


def scene(run: Run) -> Scene:
    """What its figures need to know besides the points."""
    chosen = curve_controls.look()
    return Scene(run.config, scores.references(run), steps.chosen(run.id), chosen.log, chosen.axis, chosen.smooth, run.id,
                 run.config.spec.classes or len(api.class_names(run.id)))  # fmt: skip


def _card(run: Run, name: str, chart: Chart, table: Table, look: Look, wide: bool) -> Card:
    key = f"chart-{run.id}-{name}"
    if _recorded(chart, table):
        return Card(key, chart.title, chart.quantities, chart.see, _drawn(key, chart, table, look), wide)
    missing = "The first value is on its way." if run.is_live else "Nothing was recorded."
    return Card(key, chart.title, chart.quantities, missing, None, wide)


def _recorded(chart: Chart, table: Table) -> bool:
    return any(table.get(metric) for metric in chart.metrics)


def _drawn(key: str, chart: Chart, table: Table, look: Look) -> str:
    """The figure as JSON; drawn anew only when something that it depends on has changed, for most ticks bring nothing."""
    kept: dict[str, tuple[Look, str]] = st.session_state.setdefault(_KEPT, {})
    if key not in kept or kept[key][0] != look:
        while len(kept) >= MOST_KEPT:
            kept.pop(next(iter(kept)))
        kept[key] = (look, str(chart.draw(table, look.scene).to_json()))
    return kept[key][1]

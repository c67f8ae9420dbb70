"""A run's curves: figures that keep up with it, each with a caption and an explanation."""

from __future__ import annotations

import threading
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


class Look(NamedTuple):
    """Everything that a figure's looks depend on: how far the curves were read, and the scene."""

    version: int
    scene: Scene


class Drawings:
    """Figures as JSON, drawn once for everybody who looks at a run in the same way, and again only once there is something new: most
    ticks bring nothing, and ten people cost hardly more than one."""

    MOST = 64  # figures that are kept: of the runs looked at last

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, Scene], tuple[int, str]] = {}

    def text(self, key: str, chart: Chart, table: Table, look: Look) -> str:
        """The figure `key` of a run, as `chart` draws it."""
        name = (key, look.scene)
        with self._lock:
            kept = self._kept.pop(name, None)
            if kept is None or kept[0] != look.version:
                kept = (look.version, str(chart.draw(table, look.scene).to_json()))
            self._kept[name] = kept
            while len(self._kept) > self.MOST:
                self._kept.pop(next(iter(self._kept)))
        return kept[1]


@st.cache_resource(show_spinner=False)
def drawings() -> Drawings:
    """Those of this server."""
    return Drawings()


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
        return Card(key, chart.title, chart.quantities, chart.see, drawings().text(key, chart, table, look), wide)
    missing = "The first value is on its way." if run.is_live else "Nothing was recorded."
    return Card(key, chart.title, chart.quantities, missing, None, wide)


def _recorded(chart: Chart, table: Table) -> bool:
    return any(table.get(metric) for metric in chart.metrics)

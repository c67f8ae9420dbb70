"""A run's curves: figures that keep up with it, each with a caption and an explanation."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from app.charts.catalog import CHARTS, Chart
from app.charts.table import Scene, Table
from app.parts import scores, steps
from app.parts.curves import curves_of
from app.parts.live_chart import HEIGHT, live_chart
from engine.api import Run

WIDE = "accuracy"  # the figure that the others explain: over the whole width, first
LOSS, LOG = "loss.gradient", "log-losses"  # the figure that carries the switch, and the switch


def panel(run: Run) -> None:
    """All figures that this run has something for."""
    charts(run, CHARTS)


def charts(run: Run, which: Mapping[str, Chart]) -> None:
    """The figures of a table, two abreast where there is room."""
    table, _ = curves_of(run.id).read()
    scene = Scene(run.config, scores.references(run), steps.chosen(run.id), bool(st.session_state.get(LOG)))
    grid = st.grid(2, min_column_width=330, gap=("medium", "medium"))
    for name, chart in which.items():
        if chart.shown(run.config) or any(table.get(metric) for metric in chart.metrics):
            with grid.cell(column_span="all" if name == WIDE else 1):
                _chart(run, name, chart, table, scene)


def _chart(run: Run, name: str, chart: Chart, table: Table, scene: Scene) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"**{chart.title}**", help=chart.help, width="content")
        if name == LOSS:
            st.toggle("log axis", key=LOG, help="Both losses on a logarithmic axis.")
    if any(table.get(metric) for metric in chart.metrics):
        live_chart(chart.draw(table, scene), f"chart-{run.id}-{name}", f"{chart.title}. {chart.see}")
        st.caption(chart.see)
    else:
        st.skeleton(HEIGHT) if run.is_live else st.container(height=HEIGHT, border=True)
        st.caption("The first value is on its way." if run.is_live else "Nothing was recorded.")

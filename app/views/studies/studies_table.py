"""A study in numbers: its rows as a table to take away, and the runs that they come from."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app import palette
from app.charts.studies.catalog import x_title
from app.charts.studies.table import Row, number
from app.parts import places, words
from app.views.studies.studies_figures import quantities
from engine import api
from engine.api import Run, StudyRecord

COLUMNS = ("series", "x", "quantity", "value", "std", "n", "published")


def numbers(one: StudyRecord, study: Mapping[str, Any]) -> None:
    """Every value of the figures, with its spread and how many it is the mean of."""
    rows = api.study_rows(one.id)
    if not rows:
        st.caption("No numbers yet.")
        return
    titles = {quantity.name: quantity.axis for quantity in quantities(study)}
    st.dataframe(
        {
            "Series": [row.series for row in rows],
            x_title(one.name, study["shape"]): [row.x if isinstance(row.x, str) else f"{row.x:,.4g}" for row in rows],
            "Quantity": [titles.get(row.quantity, row.quantity) for row in rows],
            "Mean": [None if math.isnan(row.value) else row.value for row in rows],
            "± standard deviation": [row.std if math.isfinite(row.std) else None for row in rows],
            "n": [row.n or None for row in rows],
            "Source": ["published" if row.published else "this study" for row in rows],
        },
        key=f"study-numbers-{one.id}",
        hide_index=True,
        placeholder="",
        column_config={name: st.column_config.NumberColumn(format="%.4g") for name in ("Mean", "± standard deviation")},
    )
    st.caption(
        "Mean ± standard deviation over n networks (accuracies) or seeds (all else). Empty: never reached, or not stated by the paper."
    )
    st.download_button(
        "CSV", as_csv(rows), f"{one.name}-{one.scale}.csv", "text/csv", icon=":material/download:", on_click="ignore"
    )


def as_csv(rows: Sequence[Row]) -> str:
    """One line per value, at full precision."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        values = [getattr(row, name) for name in COLUMNS]
        writer.writerow(["" if isinstance(v, float) and math.isnan(v) else int(v) if v is True or v is False else v for v in values])  # fmt: skip
    return sink.getvalue()


def runs(one: StudyRecord, study: Mapping[str, Any]) -> None:
    """Its runs with a way to each, and the score that the figure is made from."""
    known = {run.id: run for run in api.list_runs()}
    with st.grid(3, min_column_width=330, key="study-runs"):
        for member in one.members:
            with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"study-run-{member.run_id}"):  # fmt: skip
                _run(f"{member.cell} · seed {member.seed}", known.get(member.run_id), study["scored"])


def _run(label: str, run: Run | None, scored: str) -> None:
    if run is None:
        st.caption(f"{words.plain(label)} · deleted")
        return
    state = palette.STATES[run.state]
    st.page_link(places.RUN, label=words.plain(label), query_params={"id": run.id})
    st.badge(state.word, icon=f":material/{state.icon}:", color=state.badge)
    if scores := run.results.get(scored):
        st.caption(f"{number(scores[0].mean)} %", width="content")

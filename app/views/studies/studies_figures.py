"""The figures of a study: drawn from its rows, as far as its runs have come."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from app.charts.studies.catalog import Given, Panel, panels
from app.charts.studies.table import Quantity
from app.components.live_chart import live_chart
from app.parts import protocols, words
from engine import api
from engine.api import StudyRecord

HEIGHT = 300
TESTED = ("accuracy", "accuracy.seen")
NOTE = (
    "“Published” is what the paper prints, at its own scale: CIFAR-10, 10 images per class, hours on a GPU. "
    "Compare the order and the distances, not the heights."
)


def figures(one: StudyRecord, study: Mapping[str, Any]) -> None:
    """All panels, two abreast where there is room."""
    rows = api.study_rows(one.id)
    if not any(not row.published for row in rows):
        _waiting(one)
    apart = _apart(one) if "migration" in study["quantities"] else 0
    found = panels(Given(one.name, rows, one.as_published, apart), study["shape"], quantities(study))
    if not found:
        return
    with st.grid(2, min_column_width=360, gap=("medium", "medium"), key="study-panels"):
        for number, panel in enumerate(found):
            with st.container(key=f"study-panel-{number}"):
                _panel(panel, f"study-{one.id}-{number}")
    if any(row.published for row in rows) and not one.as_published:
        st.caption(NOTE)
    if place := one.settings.get("data_dir"):
        st.caption(f"The images of this study's runs were read from “{words.plain(Path(str(place)).name)}”.")
    if set(TESTED) & set(study["quantities"]):
        st.caption(tested(api.study_protocols(one.id)))


def _apart(one: StudyRecord) -> int:
    """Inner loops that feature migration is measured over, the same in all runs of a study; 0 when none of them is left."""
    known = {run.id: run.config for run in api.list_runs()}
    return next((known[m.run_id].migration_every for m in one.members if m.run_id in known), 0)


def tested(by_cell: Mapping[str, Mapping[str, Any]]) -> str:
    """By which protocol which cells were tested."""
    groups: dict[str, list[str]] = {}
    for cell, protocol in by_cell.items():
        groups.setdefault(words.plain(protocols.in_words(protocol)), []).append(words.plain(cell))
    if len(groups) == 1:
        return f"Every accuracy is by one protocol: {next(iter(groups))}."
    each = "; ".join(f"**{', '.join(cells)}**: {how}" for how, cells in groups.items())
    return f"Each method is tested by the protocol of its own paper; numbers of two protocols do not compare. {each}."


def quantities(study: Mapping[str, Any]) -> list[Quantity]:
    """What the study measures, in the engine's words."""
    axes = study["axes"]
    return [Quantity(n, axes[n]["title"], _unit(axes[n]["unit"]), axes[n]["meaning"]) for n in study["quantities"]]


def _unit(unit: str) -> str:
    return "×" if unit == "x" else unit


def _panel(panel: Panel, key: str) -> None:
    st.markdown(f"**{panel.title}**", help=panel.help or None)
    live_chart(panel.figure, key, f"{panel.title}. {panel.see}", height=int(panel.figure.layout.height or HEIGHT))
    st.caption(panel.see)


def _waiting(one: StudyRecord) -> None:
    if one.is_live:
        st.skeleton(HEIGHT)
        st.caption("The first run is on its way; the figures fill up as runs come to their end.")
    else:
        st.caption("None of the runs came to a result.")

"""What some studies show besides figures of their rows: picks of a cell, images along the way, points among the real images."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from app.parts import guard
from app.views.sampling import study
from app.views.studies import studies_along, studies_points
from engine import api
from engine.api import Run, StudyRecord


def show(one: StudyRecord, what: Mapping[str, Any]) -> None:
    """The part that belongs to this kind of study, where there is one."""
    part = PARTS.get(one.name) or PARTS.get(what["shape"])
    if part:
        with guard.told():
            part(one)


def started(one: StudyRecord) -> dict[str, Run]:
    """Cell -> its first run that has read its data, in the study's order."""
    known = {run.id: run for run in api.list_runs()}
    found: dict[str, Run] = {}
    for member in one.members:
        run = known.get(member.run_id)
        if run and member.cell not in found and api.class_names(run.id):
            found[member.cell] = run
    return found


def class_of(run: Run) -> tuple[int, str]:
    """A selector of classes; the address keeps the choice."""
    names = api.class_names(run.id)
    label = st.selectbox(
        "Class", range(len(names)), format_func=names.__getitem__, key="class", bind="query-params", width=160
    )
    return label, names[label]


def _picks(one: StudyRecord) -> None:
    """Which images a cell of the grid trains on: the paper's Figure 5."""
    cells = started(one)
    if not cells:
        return
    st.subheader("What a cell of the grid picks", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        cell = st.selectbox("Cell", list(cells), key="study-cell", width=280)
        label, _ = class_of(cells[cell])
    config = cells[cell].config
    params = {"label": label, "clusters": config.clusters, "per_cluster": config.per_cluster, "method": "pca", "seed": config.seed}  # fmt: skip
    study.study(cells[cell], params)


def _along(one: StudyRecord) -> None:
    cells = {cell: run for cell, run in started(one).items() if api.snapshots(run.id)}
    if not cells:
        st.skeleton(240) if one.is_live else st.caption("None of the runs has made images.")
        return
    label, name = class_of(next(iter(cells.values())))
    studies_along.gallery(cells, label, name)


def _points(one: StudyRecord) -> None:
    cells = {cell: run for cell, run in started(one).items() if api.snapshots(run.id)}
    if len(cells) < 2:
        st.skeleton(360) if one.is_live else st.caption("Both runs must have made images.")
        if one.is_live:
            st.caption("The points appear as soon as both runs have made images.")
        return
    names = tuple(cells)[:2]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label, _ = class_of(cells[names[0]])
        method = studies_points.method()
    studies_points.show((cells[names[0]], cells[names[1]]), (names[0], names[1]), label, method)


PARTS: dict[str, Callable[[StudyRecord], None]] = {"sampling": _picks, "gallery": _along, "embedding": _points}

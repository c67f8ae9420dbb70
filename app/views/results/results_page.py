"""The page of results: filters, the table, how to fill it, and the way out as CSV."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.components.results_table import View, as_csv, columns, results_table
from app.parts import guard, places, protocols, sheet
from app.parts.beside import beside
from app.views.results import result_details
from engine import api
from engine.api import ResultCell
from engine.data.catalog import DATASETS
from engine.errors import DistilleryError

FIRST, COLUMN = 176, 208  # least pixels of the methods' names, and of a column of numbers: as the style sheet has it


def page() -> None:
    """Everything below the page's head."""
    try:
        cells = api.results()
    except DistilleryError as error:
        guard.stop(error)
    if not any(cell.ours for cell in cells):
        _empty()
    view = _view(cells)
    main, side = beside("results", FIRST + COLUMN * len(columns(cells, view)))
    with main:
        if chosen := results_table(cells, view):
            result_details.open_details(chosen)
        st.download_button("Download CSV", as_csv(cells), file_name="distillery-results.csv", mime="text/csv", on_click="ignore",
                           icon=":material/download:")  # fmt: skip
    with side:
        _explained(cells, view)


def _explained(cells: Sequence[ResultCell], view: View) -> None:
    """How to read the table, and what its networks have in common."""
    st.caption(
        "Test accuracy in percent: **ours**, mean ± standard deviation over the networks of all sets; below it what the "
        "papers report. A bar runs from 0 to 100 %, its tick is the published figure. Each set is a run with a seed of its "
        "own. † some settings are not the method's own; click a number to see which, and how it was measured. The published "
        "figures of IDC, DREAM and DREAM+ are the best of four tests on the test set, ours is the last epoch: compare them "
        "with care."
    )
    mine = [cell.ours.protocol for cell in cells if cell.ours and (cell.dataset, cell.protocol) == view[:2]]
    if mine:
        st.markdown(
            "**How the networks were trained**",
            help="From scratch on a set's images alone, then tested on the real test set.",
        )
        st.html(sheet.table(("", ""), protocols.together(mine)))


def _view(cells: Sequence[ResultCell]) -> View:
    """What a person wants to see; the address holds it."""
    with st.container(horizontal=True, vertical_alignment="center", key="results-filter"):
        names = list(dict.fromkeys(cell.dataset for cell in cells))
        dataset = st.selectbox("Dataset", names, _first(cells, names), format_func=_title, key="dataset", bind="query-params",
                               label_visibility="collapsed", width=220)  # fmt: skip
        protocols = sorted({cell.protocol for cell in cells if cell.ours and cell.dataset == dataset})
        protocol = protocols[0] if protocols else ""
        if len(protocols) > 1:
            protocol = st.segmented_control(
                "Protocol", protocols, default=_usual(cells, dataset), required=True, key=f"protocol-{dataset}",
                label_visibility="collapsed", help="How the networks behind a number were trained; numbers of two protocols do not compare.",
            )  # fmt: skip
        papers = st.toggle(
            "Published-only methods",
            key="papers",
            help="Also methods that are not built in here: what papers report of them.",
        )
    return View(dataset, protocol or "", papers)


def _title(dataset: str) -> str:
    return DATASETS[dataset].title


def _first(cells: Sequence[ResultCell], names: Sequence[str]) -> int:
    """The dataset to begin with: the first with a number of ours."""
    return next((names.index(cell.dataset) for cell in cells if cell.ours), 0)


def _usual(cells: Sequence[ResultCell], dataset: str) -> str:
    """The protocol with most numbers."""
    have = [cell.protocol for cell in cells if cell.ours and cell.dataset == dataset]
    return max(sorted(set(have)), key=have.count)


def _empty() -> None:
    st.subheader("Nothing of ours yet", anchor=False)
    st.markdown(
        "Every run that finishes puts its accuracy into this table, beside what the papers report. Runs that differ by their seed "
        "alone are pooled. Launch a run, start one of the paper's studies, or use the command line: `python -m engine study`.",
        width=720,
    )
    with st.container(horizontal=True):
        st.page_link(places.LAUNCH, label="New run", icon=":material/add_circle:")
        st.page_link(places.STUDIES, label="Studies", icon=":material/science:")

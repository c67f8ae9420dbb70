"""Search, filters, order and grouping of the list, in one row. Every choice is in the address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import streamlit as st

from app import palette
from app.components.run_list import first_page
from app.parts import places
from app.views.runs.choice import ORDERS, Wanted
from engine import api
from engine.api import Run
from engine.data.catalog import DATASETS
from engine.recipes import RECIPES


def toolbar(runs: Sequence[Run]) -> Wanted:
    """Shows it; what is wanted."""
    with st.container(horizontal=True, vertical_alignment="center", key="runs-toolbar"):
        text = st.text_input("Search", placeholder="Search name, tag, note, dataset", icon=":material/search:", key="q",
                             bind="query-params", label_visibility="collapsed", width=220, on_change=first_page)  # fmt: skip
        states = _states(runs)
        datasets, recipes, tags = _filters(runs)
        sort = st.selectbox("Order", list(ORDERS), format_func=lambda name: ORDERS[name].title, key="sort", bind="query-params",
                            label_visibility="collapsed", width=160, on_change=first_page)  # fmt: skip
        grouped = st.toggle("Group seeds", key="grouped", bind="query-params", on_change=first_page,
                            help="One row per experiment: runs that differ by their seed alone, with mean ± standard deviation over them.")  # fmt: skip
    return Wanted(text, states, datasets, recipes, tags, sort, grouped)


def heading() -> None:
    """The page's title and its one action."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header("Runs", anchor=False, width="stretch")
        if not api.readonly():
            st.page_link(places.LAUNCH, label="New run", icon=":material/add_circle:")


def _states(runs: Sequence[Run]) -> tuple[str, ...]:
    """Pills of the states that occur; none where all runs are in one. Plain words: what is shown is what the address says."""
    counts = Counter(run.state for run in runs)
    there = [state for state in palette.STATES if state in counts]
    if len(there) < 2:
        return ()
    return _chosen(
        st.pills("State", there, selection_mode="multi", key="states", bind="query-params", label_visibility="collapsed",
                 on_change=first_page, width="content")
    )  # fmt: skip


def _filters(runs: Sequence[Run]) -> tuple[tuple[str, ...], ...]:
    """What else to narrow by, behind one button that says how much is chosen."""
    fields: tuple[tuple[str, str, Iterable[str], Callable[[str], str]], ...] = (
        ("Dataset", "datasets", {run.config.dataset for run in runs}, lambda name: DATASETS[name].title),
        ("Recipe", "recipes", {run.config.recipe for run in runs}, lambda name: RECIPES[name].title),
        ("Tags", "tags", {tag for run in runs for tag in run.tags}, str),
    )
    active = sum(len(st.session_state.get(key) or ()) for _, key, _, _ in fields)
    with st.popover(f"Filters · {active}" if active else "Filters", icon=":material/filter_list:", width="content"):
        return tuple(
            _chosen(st.multiselect(label, sorted(options), format_func=titled, key=key, bind="query-params", on_change=first_page, width=320,
                                   placeholder="All" if options else "None yet"))
            for label, key, options, titled in fields
        )  # fmt: skip


def _chosen(values: Sequence[str] | None) -> tuple[str, ...]:
    return tuple(values or ())

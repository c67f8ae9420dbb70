"""What takes room in the workspace, and what can go."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.parts import guard, places, words
from engine import api
from engine.api import Cleanup, RunUsage, Usage

ROWS = 15  # runs on a page of the list
TICK = 1.0  # seconds between two parts of a first look at very many runs
_MEASURED, _FREED = "storage-anew", "storage-freed"


def panel() -> None:
    """Numbers, clean-ups, runs by size. Measured when it is opened, and when a person asks for it."""
    with guard.told():
        complete = _look().complete
        st.fragment(_body, run_every=None if complete else TICK, key="storage")(complete)


def _look() -> Usage:
    return api.storage(anew=bool(st.session_state.pop(_MEASURED, False)))


def _body(was_complete: bool) -> None:
    with guard.told():
        found = api.storage()
        if found.complete != was_complete:
            st.rerun()
        if sentence := st.session_state.pop(_FREED, ""):
            st.success(sentence, icon=":material/check_circle:")
        guard.show_fault()
        _numbers(found)
        if not found.complete:
            st.progress(len(found.runs) / found.of, text=f"Measuring · {len(found.runs):,} of {found.of:,} runs")
            return
        _cleanups(api.cleanups())
        _runs(found)


def size(amount: int) -> str:
    """Bytes in words; a dash where there is nothing."""
    return words.size(amount) if amount else words.DASH


def _numbers(found: Usage) -> None:
    runs = sum(run.total for run in found.runs)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.subheader(f"{size(found.total)} in use, {size(found.free)} free on this disk", anchor=False, width="stretch")
        st.button("Measure anew", icon=":material/refresh:", on_click=_anew, type="tertiary",
                  help="Looks at every file again. Otherwise only folders in which files came or went.")  # fmt: skip
    rows = [("Runs", runs), *found.shared.items()]
    with st.grid(7, min_column_width=150, key="storage-parts"):
        for title, amount in rows:
            st.metric(title, size(amount), border=True, height="stretch")


def _anew() -> None:
    st.session_state[_MEASURED] = True


def _cleanups(ways: list[Cleanup]) -> None:
    st.subheader("Make room", anchor=False)
    with st.grid(2, min_column_width=330, key="storage-ways"):
        for way in ways:
            _way(way)


def _way(way: Cleanup) -> None:
    with st.container(border=True, height="stretch", gap="small", key=f"clean-{way.name}"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f"**{way.title}**")
            st.markdown(size(way.bytes) if way.bytes else "nothing to free")
        st.caption(way.effect)
        st.space("stretch")
        if way.bytes and not api.readonly():
            with st.popover("Free it", icon=":material/delete_sweep:"):
                st.markdown(f"**{size(way.bytes)}** in {words.many(way.items, 'folder')} go for good. {way.effect}")
                st.button(
                    f"Free {size(way.bytes)}",
                    type="primary",
                    key=f"do-{way.name}",
                    on_click=guard.attempt,
                    args=(_clean, way),
                )


def _clean(way: Cleanup) -> None:
    freed = api.clean(way.name)
    st.session_state[_FREED] = f"{way.title}: {size(freed)} are free again."


def _runs(found: Usage) -> None:
    st.subheader("By run", anchor=False, help="The largest first. Results: what was asked for about the run. Records: log, settings, scores.")  # fmt: skip
    if not found.runs:
        st.caption("No run yet. Each run keeps its images and checkpoints; here they are shown by size.")
        return
    place = st.container()
    pages = -(-len(found.runs) // ROWS)
    number = st.pagination(pages, key="page", bind="query-params") if pages > 1 else 1
    with place:
        _table(found.runs[(number - 1) * ROWS : number * ROWS])
    st.caption(
        "Deleted runs still take room until a day has passed. Checkpoints are what a run goes on from, and what sampling looks through."
    )
    st.page_link(places.RUNS, label="All runs, to delete some", icon=":material/view_list:")


def _table(rows: Sequence[RunUsage]) -> None:
    st.dataframe(
        {
            "Run": [f"{run.name} ({run.run_id})" for run in rows],
            "State": ["deleted" if run.deleted else run.state for run in rows],
            "All": [run.total / words.MEGA for run in rows],
            "Images": [run.images / words.MEGA for run in rows],
            "Checkpoints": [run.checkpoints / words.MEGA for run in rows],
            "Exports": [run.exports / words.MEGA for run in rows],
            "Results": [run.tasks / words.MEGA for run in rows],
            "Records": [run.records / words.MEGA for run in rows],
        },
        column_config={
            name: st.column_config.NumberColumn(f"{name} [MB]", format="%.1f")
            for name in ("All", "Images", "Checkpoints", "Exports", "Results", "Records")
        },
        hide_index=True,
        key="storage-runs",
        height="content",
    )

"""The page Evaluate: filters, the protocol in words, the matrix, what is under way, and the button for what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import streamlit as st

from app.components.score_matrix import score_matrix
from app.parts import engine_room, guard, places, protocols, sheet, under_way, words
from app.parts.beside import beside
from app.views.compare import naming
from app.views.evaluate import cells, launching, tiles
from app.views.evaluate.cells import Protocol, Row
from engine import api
from engine.api import Run, Task
from engine.config import SETTINGS
from engine.data.catalog import DATASETS
from engine.errors import DistilleryError

RUNS, GROUPS = "Runs", "Groups of seeds"
ANY = "All datasets"
PER_PAGE = 25  # rows
TICK = 1.0  # seconds
MOST_LINES = 6  # of work under way
WIDE = 908  # least pixels of the matrix: of its names and four networks, as the style sheet has it


class Given(NamedTuple):
    """What the matrix is made from."""

    rows: tuple[Row, ...]
    protocol: Protocol
    repeats: int


def page() -> None:
    """Everything below the head."""
    try:
        runs = [run for run in api.list_runs() if cells.has_images(run)]
    except DistilleryError as error:
        guard.stop(error)
    if not runs:
        _empty()
        return
    runs, grouped = _filter(runs)
    if not runs:
        st.caption("No run matches. Clear the search or choose another dataset.")
        return
    known = api.evaluations(run.id for run in runs)
    engine_room.wake(runs)
    protocol, repeats = _protocol(runs, known)
    rows = _rows(runs, grouped)
    shown = rows[_first(len(rows)) :][:PER_PAGE]
    live = _live([run for row in shown for run in row.runs], known)
    main, side = beside("evaluate", WIDE)
    with main:
        st.fragment(_matrix, run_every=TICK if live else None, key="evaluate-live")(
            Given(tuple(shown), protocol, repeats), live
        )
    with side:
        _explained(cells.example(runs, known, protocol) or protocol._asdict())


def _filter(runs: list[Run]) -> tuple[list[Run], bool]:
    """The runs that are wanted, and whether seeds are joined."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="evaluate-filter"):
        text = st.text_input(
            "Search", placeholder="Name, recipe", icon=":material/search:", key="find", bind="query-params", width=260
        )
        there = list(dict.fromkeys(run.config.dataset for run in runs))
        dataset = st.selectbox(
            "Dataset", [ANY, *there], format_func=_dataset, key="dataset", bind="query-params", width=220
        )
        rows = st.segmented_control("Rows", [RUNS, GROUPS], default=RUNS, required=True, key="rows", bind="query-params",
                                    help="A group joins the runs that differ by their seed alone: mean and spread over the networks of all.")  # fmt: skip
    wanted = [run for run in runs if dataset in (ANY, run.config.dataset) and _matches(run, text)]
    return wanted, rows == GROUPS


def _dataset(name: str) -> str:
    return DATASETS[name].title if name in DATASETS else name


def _matches(run: Run, text: str) -> bool:
    hay = f"{run.name} {run.config.recipe} {words.recipe(run.config)} {run.id} {' '.join(run.tags)}".lower()
    return all(word in hay for word in text.lower().split())


def _protocol(runs: Sequence[Run], known: Mapping[str, Sequence[Task]]) -> tuple[Protocol, int]:
    """The one protocol of the matrix, in words, and how many networks a missing cell is to get."""
    by_words = {protocol.words or words.DASH: protocol for protocol in cells.protocols(runs, known)}
    with st.container(horizontal=True, vertical_alignment="bottom", key="evaluate-protocol"):
        chosen = st.selectbox("Protocol", list(by_words), key="protocol", bind="query-params", width=560,
                              help="How networks are trained for a score: " + SETTINGS["protocol"].help)  # fmt: skip
        low, high = SETTINGS["eval_repeats"].low or 1, SETTINGS["eval_repeats"].high or 1
        repeats = st.number_input("Networks per new cell", int(low), int(high), 3, key="repeats", bind="query-params", width=180,
                                  disabled=api.readonly(), help=SETTINGS["eval_repeats"].help)  # fmt: skip
    return by_words[str(chosen)], int(repeats)


def _explained(protocol: Mapping[str, Any]) -> None:
    """How to read the matrix, and how its networks are trained."""
    st.caption(
        "Every number is the accuracy [%] on the real test set of networks trained from scratch on a run's images: mean ± standard "
        "deviation over n networks. The stronger the colour, the better. † under another protocol, or of older images."
    )
    st.markdown("**How the networks are trained**", help="The protocol in full, as it is kept with every score.")
    st.html(sheet.table(("", ""), protocols.rows(protocol)))


def _rows(runs: Sequence[Run], grouped: bool) -> list[Row]:
    if not grouped:
        names = naming.runs(runs)
        return [Row(run.id, names[run.id], (run,)) for run in runs]
    groups = api.groups(runs)
    labels = naming.groups({group: some[0].config for group, some in groups.items()})
    return [Row(group, labels[group], tuple(some)) for group, some in groups.items()]


def _first(rows: int) -> int:
    """The first row on show."""
    pages = -(-rows // PER_PAGE)
    return (st.pagination(pages, key="evaluate-page") - 1) * PER_PAGE if pages > 1 else 0


def _live(runs: Sequence[Run], known: Mapping[str, Sequence[Task]]) -> bool:
    return any(task.is_live for run in runs for task in known.get(run.id, ()))


def _matrix(given: Given, was_live: bool) -> None:
    """The part that ticks while something is under way: one query for all tasks."""
    with guard.told():
        runs = {run.id: run for row in given.rows for run in row.runs}
        known = api.evaluations(runs)
        if _live(list(runs.values()), known) != was_live:
            st.rerun()  # the clock starts or stops
        guard.show_fault()
        newest = {run_id: steps[-1] for run_id in known if (steps := api.snapshots(run_id))}
        lines, open_cells = tiles.lines(given.rows, given.protocol, known, newest)
        chosen = score_matrix(tiles.COLUMNS, lines, launching.turn(), "evaluate-matrix")
        if not api.readonly():
            launching.button({key: open_cells[key] for key in chosen}, given.protocol, given.repeats)
        _under_way(runs, known)


def _under_way(runs: Mapping[str, Run], known: Mapping[str, Sequence[Task]]) -> None:
    """Evaluations that are not done, with their buttons."""
    open_ = [(run_id, task) for run_id, tasks in known.items() for task in under_way.unfinished(tasks, cells.EVALUATE)]
    if not open_:
        return
    st.markdown("**Under way**")
    for run_id, task in open_[:MOST_LINES]:
        under_way.line(task, _about(runs[run_id], task))
    if len(open_) > MOST_LINES:
        st.caption(f"And {len(open_) - MOST_LINES} more.")


def _about(run: Run, task: Task) -> str:
    """The run's name, and the protocol where it is not the run's own."""
    name = cells.of_task(run.config, task).name
    return words.plain(run.name) + (f" · {name}" if name != run.config.protocol else "")


def _empty() -> None:
    st.subheader("Nothing to evaluate yet", anchor=False)
    st.markdown(
        "As soon as a run has made images they appear here in a row, with a column for every network. A run measures one of them by "
        "itself; the others are for the asking: do images that one network made teach another?"
    )
    with st.container(horizontal=True):
        st.page_link(places.RUNS, label="All runs", icon=":material/view_list:")
        st.page_link(places.LAUNCH, label="New run", icon=":material/add_circle:")

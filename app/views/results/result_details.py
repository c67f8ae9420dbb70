"""What stands behind one cell of the results: how it was measured, with what, by which runs, and what competes with it."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

from app.components.results_table import accuracy, counts, per_class
from app.parts import places, protocols, sheet, words
from engine.api import Measured, ResultCell
from engine.data.catalog import DATASETS
from engine.events import Pooled

CONTEXT = {"initial": "Before distilling", "random": "Random real images", "full": "Full training set"}


def open_details(cell: ResultCell) -> None:
    """In a window of its own; closing it leads back to the table."""
    title = f"{cell.method} on {DATASETS[cell.dataset].title}, {per_class(cell.ipc)}"
    st.dialog(words.plain(title), width="medium")(details)(cell)


def details(cell: ResultCell) -> None:
    if (ours := cell.ours) is None:
        return
    st.html(sheet.table(("", ""), list(facts(cell, ours))))
    with st.expander("The protocol in full"):
        st.html(sheet.table(("", ""), protocols.rows(ours.protocol)))
    st.markdown("**Runs**")
    with st.container(horizontal=True):
        for seed, run_id in zip(ours.seeds, ours.runs, strict=True):
            st.page_link(places.RUN, label=f"Seed {seed}", icon=":material/monitoring:", query_params={"id": run_id})
    if cell.others:
        st.markdown("**The same method with other settings**")
        head = ("Test accuracy", "Sets", "What differs from the method's own settings")
        st.html(sheet.table(head, [_other(other) for other in cell.others]))


def facts(cell: ResultCell, ours: Measured) -> Iterator[tuple[str, str]]:
    """What is known, line by line; what was not measured is left out."""
    yield (
        "Test accuracy",
        f"{accuracy(ours.mean, ours.std)} %, mean ± standard deviation over {ours.n_networks} networks",
    )
    if ours.best:
        yield "Best of the tests", f"{accuracy(ours.best.mean, ours.best.std)} %, chosen on the test set; the accuracy above is the last epoch's"  # fmt: skip
    yield "Sets", f"{counts(ours)} ({ours.network}); the sets' means scatter by {ours.std_of_sets:.1f}"
    if figure := cell.published:
        best = "; the best of four tests on the test set" if cell.by_best else ""
        yield "Published", f"{accuracy(figure.accuracy, figure.std)} % ({figure.source}{best})"
    yield ("Settings depart", _departing(ours)) if ours.departs else ("Settings", "The method's own")
    yield "Protocol", protocols.in_words(ours.protocol) or cell.protocol
    for what, title in CONTEXT.items():
        if what in ours.context:
            yield title, _pooled(ours.context[what])
    if ours.reach:
        yield f"Until IDC's {ours.reach.target:.1f} %", ours.reach.words
    yield "Time", f"{words.duration(ours.seconds)} of work per run, on average"
    yield "Device", "; ".join(ours.devices) or words.DASH
    if ours.data:
        yield "Data", ours.data
    yield "Commit", commit(ours)


def commit(ours: Measured) -> str:
    """The code that the runs were made with."""
    return (", ".join(ours.commits) + (", with changes" if ours.dirty else "")) or "not recorded"


def _pooled(score: Pooled) -> str:
    return f"{accuracy(score.mean, score.std)} % (n {score.n_networks})"


def _other(other: Measured) -> tuple[str, str, str]:
    return f"{accuracy(other.mean, other.std)} %", str(other.n_sets), _departing(other) or "nothing"


def _departing(measured: Measured) -> str:
    """'width 16, outer 4'."""
    return measured.departs.partition(": ")[2]

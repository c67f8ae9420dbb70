"""One dataset in full: statistics, images per class, samples of each, where its files are."""

from __future__ import annotations

import streamlit as st

from app.components.live_chart import live_chart
from app.parts import guard, places, sheet, words
from app.parts.live import TICK
from app.views.datasets import actions, dataset_chart, dataset_list, dataset_pictures, entries
from app.views.datasets.entries import Entry
from engine import api
from engine.config import build
from engine.errors import DistilleryError

PATH = "dataset-own-path"
TALLEST = 640  # pixels of the figure and the samples before they scroll
ROWS = 12  # classes whose samples are shown without scrolling
PUBLISHED_AT = (1, 10, 50)  # images per class that papers report
LEFT = "left where they are"  # files that Distillery only reads


def page(name: str) -> None:
    """The dataset of that name. Where there is none: a way out."""
    with st.container(key="dataset-back"):
        st.page_link(places.DATASETS, label="All datasets", icon=":material/arrow_back:")
    try:
        entry = entries.find(name)
    except DistilleryError as error:
        guard.stop(error)
    if entry is None:
        st.header(f"There is no dataset “{words.plain(name[:40])}” here", anchor=False)
        st.caption("It may have been removed, or it belongs to another workspace.")
        return
    actions.freed()
    guard.show_fault()
    st.fragment(_head, run_every=TICK if entry.live else None, key="dataset-head")(name, _mark(entry))
    if entry.warnings:
        st.warning("\n\n".join(map(words.plain, entry.warnings)), icon=":material/warning:")
    if entry.found:
        _inside(entry)
    elif not entry.live:
        _not_yet(entry)
    if entry.place and entry.place.where == "needs path" and not entry.live and not api.readonly():
        _path(entry)
    _facts(entry)


def _mark(entry: Entry) -> tuple[object, ...]:
    """Changes when the rest of the page does: a look has ended, files came or went."""
    return entry.live, entry.look and entry.look.id, entry.place and entry.place.where


def _head(name: str, was: tuple[object, ...]) -> None:
    with guard.told():
        entry = entries.find(name)
        if entry is None or _mark(entry) != was:
            st.rerun()
        guard.show_fault()
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.header(words.plain(entry.title), anchor=False, width="content")
            dataset_list.badge(entry)
        st.caption(words.plain(entry.summary))
        actions.progress(entry)
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            actions.buttons(entry, "one")
            actions.remove(entry)


def _not_yet(entry: Entry) -> None:
    """What a look inside would show, or how to get at the files."""
    if picture := dataset_pictures.known(entry):
        with st.container(width=400):
            st.html(picture)
    if entry.place and entry.place.where == "needs path":
        st.caption("Give the path of your copy; it stays where it is.")
    elif entry.place and entry.place.where == "absent":
        st.caption("Once it is downloaded, its statistics and ten images of each class are shown here.")
    else:
        st.caption("A look inside reads all images once and shows how many each class has, and ten of each.")


def _path(entry: Entry) -> None:
    """For a dataset that is never downloaded: where its own files are. A look inside keeps the path."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.text_input("Its folder or archive on this machine", entry.data_dir, key=PATH, max_chars=1000, width=560)
        st.button("Look inside", icon=":material/search:", key="look-at-path", on_click=guard.attempt,
                  args=(_look_at_path, entry.dataset))  # fmt: skip


def _look_at_path(dataset: str) -> None:
    api.inspect_dataset(dataset, str(st.session_state[PATH]).strip())


def _inside(entry: Entry) -> None:
    found = entry.found
    with st.grid(5, min_column_width=130, key="dataset-numbers"):
        for title, value, below in (
            ("Classes", f"{len(found['classes']):,}", ""),
            ("Training images", f"{found['train']:,}", _span(found["counts"])),
            ("Test images", f"{found['test']:,}", _span(found["test_counts"])),
            ("Size", f"{found['side']}×{found['side']} px", "grey" if found["channels"] == 1 else "colour"),
            ("Decoded", words.size(found["bytes"]), "in memory"),
        ):
            st.metric(title, value, below or None, delta_color="off", delta_arrow="off", border=True, height="stretch")
    left, right = st.columns([3, 2], gap="large")
    with left:
        _samples(entry)
    with right:
        _counts(entry)


def _span(counts: list[int]) -> str:
    low, high = min(counts, default=0), max(counts, default=0)
    return f"{low:,} per class" if low == high else f"{low:,} to {high:,} per class"


def _samples(entry: Entry) -> None:
    st.subheader("Samples", anchor=False, help="Up to ten training images of each class, spread evenly over its files.")
    sheets = len(entry.found["sheets"])
    number = 1
    if sheets > 1:
        number = st.pagination(sheets, key="sheet", bind="query-params")
        st.caption(f"Classes in fifties: part {number} of {sheets}.")
    many = len(entry.found["classes"]) > ROWS
    try:
        with st.container(height=TALLEST + 16 if many else "content", border=False):
            st.html(dataset_pictures.samples(entry, number - 1))
    except OSError:
        st.caption("The pictures are gone; look inside again.")


def _counts(entry: Entry) -> None:
    found = entry.found
    st.subheader(
        "Images per class", anchor=False,
        help="How many labelled images each class has. Distillation makes the same number of synthetic images for every class, "
        "however many real ones it has.",
    )  # fmt: skip
    figure = dataset_chart.counts(found["classes"], found["counts"], found["test_counts"])
    height = int(figure.layout.height)
    with st.container(height=min(height, TALLEST) + 16 if height > TALLEST else "content", border=False):
        live_chart(figure, f"counts-{entry.name}", f"Images per class of {entry.title}", height=height)
    st.caption(
        "Bars of equal length: every class has as many images to learn from. A short bar: that class has fewer to choose from."
    )


def _facts(entry: Entry) -> None:
    """Where it lies, its pixels' statistics, and whether papers report figures for it."""
    rows = [("Files", _place(entry))]
    found = entry.found
    if found:
        rows += [("Mean per channel", _levels(found["mean"])), ("Standard deviation", _levels(found["std"]))]
    rows.append(("Published figures", _published(entry)))
    rows.append(("Settings of a run", ", ".join(f"{key}={value}" for key, value in entries.settings(entry).items())))
    st.subheader("Facts", anchor=False)
    with st.container(key="dataset-facts"):
        st.html(sheet.table(("", ""), rows))
    if found:
        st.caption("Mean and standard deviation are of training pixels from 0 to 1, as measured here.")


def _place(entry: Entry) -> str:
    if entry.own:
        kind = "uploaded into this workspace" if entry.own.uploaded else LEFT
        return f"{entry.own.path} ({kind})"
    assert entry.place is not None
    if entry.data_dir:
        return f"{entry.data_dir} ({LEFT})"
    return {
        "bundled": "part of scikit-learn, no download",
        "installed": f"{entry.place.folder} ({words.size(entry.place.bytes)})",
        "absent": "not on this machine",
        "needs path": "not downloaded by Distillery: give the path of its folder or archive",
    }[entry.place.where]


def _levels(values: list[float]) -> str:
    return ", ".join(f"{value:.4f}" for value in values)


def _published(entry: Entry) -> str:
    if entry.own:
        return "none, these are your own images"
    have = [ipc for ipc in PUBLISHED_AT if api.published(build({"dataset": entry.dataset, "ipc": ipc}, check=False))]
    if not have:
        return "none that Distillery knows of"
    return f"yes, for {', '.join(map(str, have))} {'image' if have == [1] else 'images'} per class"

"""All datasets as cards, and the way to add one."""

from __future__ import annotations

from typing import cast

import streamlit as st

from app.palette import Badge
from app.parts import guard, places, words
from app.parts.live import TICK
from app.views.datasets import actions, add, dataset_pictures, entries
from app.views.datasets.entries import Entry
from engine import api
from engine.errors import DistilleryError

SLOW = 10 * TICK  # seconds between two looks when nothing is under way


def page() -> None:
    """The cards, updated in place; above them, how to add own images."""
    st.header("Datasets", anchor=False)
    st.caption("What there is to distil: bundled, downloaded into this workspace, or your own images on this machine.")
    actions.bar()
    guard.show_fault()
    try:
        live = any(entry.live for entry in entries.entries())
    except DistilleryError as error:
        guard.stop(error)
    if not api.readonly():
        add.form()
    st.fragment(_cards, run_every=TICK if live else SLOW, key="dataset-cards")(live)


def _cards(was_live: bool) -> None:
    with guard.told():
        found = entries.entries()
        if any(entry.live for entry in found) != was_live:
            st.rerun()  # the clock starts or slows down
        guard.show_fault()
        with st.grid(3, min_column_width=310, key="dataset-grid"):
            for entry in found:
                _card(entry)


def _card(entry: Entry) -> None:
    with st.container(border=True, height="stretch", gap="small", key=f"dataset-card-{entry.name}"):
        st.html(dataset_pictures.strip(entry))
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.page_link(
                places.DATASETS, label=f"**{words.plain(entry.title)}**", query_params={"name": entry.name}, help="Open"
            )
            badge(entry)
        st.markdown(words.plain(entries.numbers(entry)))
        st.caption(words.plain(entry.summary))
        if entry.warnings:
            st.caption(f":material/warning: {words.many(len(entry.warnings), 'thing')} to know")
        st.space("stretch")
        actions.progress(entry)
        actions.buttons(entry, "card")


def badge(entry: Entry) -> None:
    """Where its files are, as a word, an icon and a colour."""
    word, icon, colour = entries.state(entry)
    st.badge(word, icon=f":material/{icon}:", color=cast("Badge", colour))

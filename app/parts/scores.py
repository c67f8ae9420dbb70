"""A run's accuracy beside what it is to be compared with."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from app import palette
from app.charts.table import Reference
from app.parts import words
from engine import api
from engine.api import Run
from engine.config import RunConfig
from engine.events import Score


class Level(NamedTuple):
    """One of the four trainings of the protocol: on what, and why it is there."""

    what: str
    title: str
    help: str


LEVELS = (
    Level(
        "distilled",
        "Distilled images",
        "Networks trained from scratch on this run's images, tested on the real test set.",
    ),
    Level("initial", "Before distilling", "The same with the starting images, before any matching."),
    Level("random", "Random real images", "The same with as many random real images per class."),
    Level("full", "Full training set", "The same protocol on all training images: the ceiling."),
)


def strip(run: Run) -> None:
    """The four accuracies and the published one; what is not measured yet keeps its place."""
    with st.grid(5 if own_published(run.config) else 4, min_column_width=150, key="scores"):
        for level in LEVELS:
            scores = run.results.get(level.what, ())
            _metric(level.title, scores[0] if scores else None, level.help)
        _published(run.config)


def references(run: Run) -> tuple[Reference, ...]:
    """The levels drawn into the accuracy chart."""
    found = [
        Reference(f"{label} {score.mean:.1f} %", score.mean, mark)
        for label, score, mark in (("full data", run.full, palette.INITIAL), ("random", run.random, palette.RANDOM))
        if score
    ]
    if figure := own_published(run.config):
        found.append(
            Reference(f"published {figure.method} {figure.accuracy:.1f} %", figure.accuracy, palette.PUBLISHED)
        )
    return tuple(found)


def own_published(config: RunConfig) -> api.PublishedFigure | None:
    """What was published for this very recipe on this dataset and ipc."""
    return next((f for f in api.published(config) if f.method.lower() == config.recipe), None)


def _metric(title: str, score: Score | None, hint: str) -> None:
    value = f"{score.mean:.1f} %" if score else words.DASH
    below = f"± {score.std:.1f} · n {score.n}" if score else "not measured yet"
    st.metric(title, value, below, delta_color="off", delta_arrow="off", help=hint, border=True)


def _published(config: RunConfig) -> None:
    figure = own_published(config)
    if figure:
        below = f"± {figure.std:.1f} · " if figure.std else ""
        st.metric(f"Published {figure.method}", f"{figure.accuracy:.1f} %", below + figure.source, delta_color="off",
                  delta_arrow="off", help="What the paper reports for this dataset and number of images per class.", border=True)  # fmt: skip

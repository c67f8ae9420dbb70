"""A run's accuracy beside what it is to be compared with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

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

BEST = "The best of the tests during training is chosen on the test set: it is here only to compare with papers that report it."


def strip(run: Run) -> None:
    """The accuracies that this run measures and the published one; what is not measured yet keeps its place."""
    levels = [level for level in LEVELS if level.what in measured(run.config)]
    with st.grid(len(levels) + bool(own_published(run.config)), min_column_width=150, key="scores"):
        for level in levels:
            scores = run.results.get(level.what, ())
            _metric(title(level, run.config), scores[0] if scores else None, level.help)
        _published(run.config)


def title(level: Level, config: RunConfig) -> str:
    """What a level is called in a run of these settings: where nothing is matched, nothing is distilled."""
    return "Chosen images" if level.what == "distilled" and not config.outer else level.title


def measured(config: RunConfig) -> set[str]:
    """Which trainings belong to a run of these settings: nothing starts where nothing is matched, or class after class."""
    found = {"distilled", "initial", "random", "full"}
    return (
        found
        - ({"initial"} if not config.outer or config.increments > 1 else set())
        - (set() if config.full_epochs else {"full"})
    )


def references(run: Run) -> tuple[Reference, ...]:
    """The levels drawn into the accuracy chart."""
    found = [
        Reference(f"{label} {score.mean:.1f} %", score.mean, mark)
        for label, score, mark in (("Full data", run.full, palette.INITIAL), ("Random", run.random, palette.RANDOM))
        if score
    ]
    if figure := own_published(run.config):
        found.append(
            Reference(f"Published {figure.method} {figure.accuracy:.1f} %", figure.accuracy, palette.PUBLISHED)
        )
    return tuple(found)


def own_published(config: RunConfig) -> api.PublishedFigure | None:
    """What was published for this very recipe on this dataset and ipc."""
    return next((f for f in api.published(config) if f.method.lower() == config.recipe), None)


def best(score: Score) -> str:
    """'96.1 ± 0.3 %', the best of the tests during training; a dash where it was not recorded, or there was one test."""
    return f"{score.best_mean:.1f} ± {score.best_std:.1f} %" if score.has_best else words.DASH


def protocol_in_words(protocol: Mapping[str, Any]) -> str:
    """'E-IDC, 1,000 epochs, batches of 64, learning rate 0.01, augmentation flip, CutMix 0.5'. What an old score does not tell
    is left out."""
    told = {
        "name": "{}",
        "epochs": "{:,} epoch" if protocol.get("epochs") == 1 else "{:,} epochs",
        "batch": "batches of {}",
        "lr": "learning rate {:g}",
        "augment": "augmentation {}",
        "cutmix": "CutMix {:g}",
    }
    return ", ".join(text.format(protocol[key]) for key, text in told.items() if protocol.get(key))


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

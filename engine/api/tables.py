"""The engine's tables, JSON-ready, and what is known before a run: its cost, and what was published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psutil

from engine import estimate as estimator
from engine.api.datasets import sizes
from engine.config import RunConfig
from engine.data.catalog import DATASETS
from engine.estimate import Estimate, Past
from engine.presets import PRESETS
from engine.recipes import RECIPES
from engine.results import methods
from engine.results import published as publications
from engine.results.published import PublishedFigure
from engine.runner import slots
from engine.store import runs
from engine.store.records import config_from
from engine.store.workspace import Workspace

PAST_RUNS = 5  # whose speed an estimate rests on


def estimate(config: RunConfig) -> Estimate:
    """Time and memory that a run of this config is likely to take here. Raises BadConfig for a device that is not there."""
    return likely(config, past())


def likely(config: RunConfig, runs_before: Sequence[Past]) -> Estimate:
    """`estimate`, for many configs one after another."""
    on_gpu = slots.choices(config.device, slots.gpus()) != (slots.CPU,)
    with estimator.read_as(sizes(config)):
        return estimator.estimate(config, on_gpu, runs_before)


def past() -> list[Past]:
    """The newest runs of this workspace with their speed, which estimates rest on."""
    measured = runs.speeds(Workspace.current(), PAST_RUNS)
    return [Past(config_from(row.config), row.slot != slots.CPU, speed) for row, speed in measured]


def method_title(config: RunConfig) -> str:
    """'DREAM+' where host, start, batches and objective are the recipe's, else the host with what is switched: 'IDC + RM + BM'."""
    return methods.title(config)


def free_memory(config: RunConfig) -> float | None:
    """Megabytes that a run of this config could still take now; None on a GPU, whose run takes as many classes at once as
    there is room for. Raises BadConfig for a device that is not there."""
    on_gpu = slots.choices(config.device, slots.gpus()) != (slots.CPU,)
    return None if on_gpu else float(psutil.virtual_memory().available) / 1e6


def published(config: RunConfig) -> tuple[PublishedFigure, ...]:
    """Published accuracies for this dataset and number of images per class; empty where there are none."""
    return publications.figures(config.dataset, config.ipc)


def datasets() -> list[dict[str, Any]]:
    """The table of datasets, JSON-ready."""
    shown = ("title", "summary", "channels", "side", "classes", "train", "test", "needs_path")
    return [{"name": name} | {key: getattr(spec, key) for key in shown} for name, spec in DATASETS.items()]


def recipes() -> list[dict[str, Any]]:
    """The table of recipes, JSON-ready."""
    return [{"name": name} | recipe._asdict() for name, recipe in RECIPES.items()]


def presets() -> list[dict[str, Any]]:
    """The table of presets, JSON-ready."""
    return [{"name": name} | preset._asdict() for name, preset in PRESETS.items()]

"""The table of a run's figures, in the order they are shown: one line each."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import plotly.graph_objects as go

from app.charts.accuracy import accuracy
from app.charts.difference import difference
from app.charts.gradient_norm import gradient_norm
from app.charts.loss import feature_loss, gradient_loss
from app.charts.memory import memory
from app.charts.migration import migration
from app.charts.mmd import batches, synthetic
from app.charts.seen import seen
from app.charts.shares import shares
from app.charts.speed import speed
from app.charts.table import Scene, Table
from app.charts.utilisation import utilisation
from engine.config import RunConfig
from engine.metrics.catalog import METRICS


class Chart(NamedTuple):
    """A figure over inner loops: `metrics` are the curves it draws, `see` is what a person should look at, `shown` says
    whether a run of these settings records anything for it."""

    title: str
    see: str
    metrics: tuple[str, ...]
    draw: Callable[[Table, Scene], go.Figure]
    shown: Callable[[RunConfig], bool] = lambda _: True

    @property
    def quantities(self) -> tuple[tuple[str, str], ...]:
        """What it shows and what that means, in the catalogue's words."""
        return tuple((METRICS[n].title, METRICS[n].meaning) for n in self.metrics if n != "accuracy.std")


def _matched(config: RunConfig) -> bool:
    return config.outer > 0


# fmt: off
CHARTS: dict[str, Chart] = {
    "accuracy":           Chart("Accuracy", "The gap above random selection is what distillation gains; the gap below full data is what it costs.", ("accuracy", "accuracy.std"), accuracy, lambda c: _matched(c) and c.increments == 1),
    "accuracy.seen":      Chart("Accuracy on classes seen", "Each step adds classes, so it falls: the flatter, the more the memory keeps.", ("accuracy.seen",), seen, lambda c: c.increments > 1),
    "loss.gradient":      Chart("Gradient loss", "Falls, then flattens: matching has converged. Each fresh network makes it jump.", ("loss.gradient",), gradient_loss, lambda c: _matched(c) and c.objective != "feature"),
    "loss.feature":       Chart("Feature loss", "Falls as the synthetic images move to where the class is in feature space.", ("loss.feature",), feature_loss, lambda c: _matched(c) and c.objective != "gradient"),
    "mmd":                Chart("How well a batch stands for its class", "Representative below random: the same number of images says more about the class. 0 would be perfect.", ("mmd.representative", "mmd.random"), batches, _matched),
    "mmd.synthetic":      Chart("How well the synthetic images stand for it", "Falls as the images take on more of their class; they are few, so it stays above a batch's.", ("mmd.synthetic",), synthetic, _matched),
    "migration":          Chart("Feature migration", "Towards 0: the images have settled and further loops change little.", ("migration",), migration, lambda c: 0 < c.migration_every <= c.total_steps and c.reference_epochs > 0 and c.increments == 1),
    "feature.difference": Chart("Feature difference", "Smaller: the synthetic images sit nearer to the middle of their class.", ("feature.difference",), difference, _matched),
    "gradient.norm":      Chart("Gradient norm of real images", "Towards 0: the network has learnt what these images hold, and matching has little left to follow.", ("gradient.norm",), gradient_norm, lambda c: _matched(c) and c.norm != "batch"),
}
MACHINE: dict[str, Chart] = {
    "speed":       Chart("Speed", "Steady is good; dips are measurements and evaluations.", ("speed",), speed),
    "utilisation": Chart("Utilisation", "Near 100 %: the machine is the limit. Well below: it waits, or something else runs on it.", ("utilisation",), utilisation),
    "memory":      Chart("Memory", "A peak, so it only rises: flat means that nothing is piling up.", ("memory",), memory),
    "shares":      Chart("Where the time goes", "The widest band is the part worth making faster.", ("share.match", "share.network", "share.warmup", "share.cluster", "share.rest"), shares),
}
# fmt: on

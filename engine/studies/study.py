"""What a study is made of: cells, scales, what its runs have recorded, and the rows that its figure is drawn from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from engine.config import RunConfig
from engine.events import Score
from engine.metrics.catalog import Metric

Settings = Mapping[str, object]


class Cell(NamedTuple):
    """One bar, curve or column of the figure: what it is called, and the settings that make it so."""

    label: str
    settings: Settings


class Scale(NamedTuple):
    """How large the runs are: "digits" for two cores, "paper" for a GPU. Every cell is run once per seed."""

    title: str
    settings: Settings
    seeds: tuple[int, ...]


class Point(NamedTuple):
    """`value` after `step` inner loops."""

    step: float
    value: float


class Gathered(NamedTuple):
    """What one run of a study has recorded so far. `finished`: whether it has come to its end, so that its scores are final.
    `curves`: quantity -> points, steps ascending. `parts`: seconds per inner loop that go into "cluster", "match", "network",
    "warmup" and "rest"; empty until they are measured."""

    cell: str
    seed: int
    finished: bool
    config: RunConfig
    results: Mapping[str, tuple[Score, ...]]
    curves: Mapping[str, Sequence[Point]]
    parts: Mapping[str, float]


class Row(NamedTuple):
    """One value of the figure. `x`: a number on an axis, or the name of a group of bars. `std`: population standard
    deviation over `n` values (networks of all seeds for accuracies, seeds for all else); NaN where there is none. `n` is 0
    where a paper does not state it."""

    series: str
    x: float | str
    quantity: str
    value: float
    std: float
    n: int
    published: bool


class Study(NamedTuple):
    """`see`: what the paper saw. `source`: table or figure of the paper. `shape`: "bars", "curves" (x: outer iterations),
    "line", "grid", "matrix", "stack", "gallery" or "embedding"; the last two have no rows. `quantities`: names from METRICS or
    RESULTS, one panel each, in order. `cells`: of a scale's name. `published`: empty where the paper prints no numbers. `scored`:
    which of a run's scores is drawn, "distilled" or "full": its epochs are of the protocol that the figure is told to be by."""

    title: str
    question: str
    see: str
    source: str
    shape: str
    quantities: tuple[str, ...]
    cells: Callable[[str], tuple[Cell, ...]]
    scales: Mapping[str, Scale]
    rows: Callable[[Sequence[Gathered]], list[Row]]
    published: Callable[[], list[Row]]
    scored: str = "distilled"


ALONG = "accuracy.along"
"""The accuracy over iterations, in a study whose "accuracy" is that of the end over something else."""
# fmt: off
RESULTS: dict[str, Metric] = {
    "iterations": Metric("Iterations to the host's accuracy", "outer iterations", "Where the accuracy, mean over seeds and linear between measurements, first reaches what the host ends with. Not a number: never."),
    "speed-up":   Metric("Speed-up over the host", "x", "Iterations that the host itself needs / iterations needed."),
    ALONG: Metric("Accuracy along the way", "%", "Test accuracy of networks trained from scratch on the synthetic images of that moment, mean over networks."),
    "seconds":    Metric("Time", "s", "Seconds of picking, matching and network training, warm-up of the networks included, measurements not."),
}
"""Quantities that are computed from what runs record. `seconds` is what the study says: to the host's accuracy, of the whole
distillation, or per inner loop."""
# fmt: on

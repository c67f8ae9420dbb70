"""What a slide is: a title, a sentence or two, and what it shows."""

from __future__ import annotations

from typing import NamedTuple

import plotly.graph_objects as go

from app.charts.table import Points
from app.report.facts import Growth, Pixels
from engine.metrics.catalog import METRICS


class Strip(NamedTuple):
    """Images side by side under one name, `columns` in a row."""

    name: str
    images: Pixels
    columns: int


class Pictures(NamedTuple):
    """Strips that are enlarged alike; `label` is what a screen reader says."""

    label: str
    caption: str
    strips: tuple[Strip, ...]


class Player(NamedTuple):
    """S from step to step, with the recorded value of `curve` at each of them (None before its first) and its name."""

    growth: Growth
    curve: str
    values: tuple[float | None, ...]
    caption: str

    @property
    def curve_title(self) -> str:
        """What stands before the value; empty where nothing was recorded."""
        return METRICS[self.curve].title if self.curve else ""


class Chart(NamedTuple):
    """A figure; `cells` are the rows of its CSV file, heads first. `cursor`: it follows the player beside it."""

    name: str
    title: str
    see: str
    figure: go.Figure
    cells: tuple[tuple[object, ...], ...]
    cursor: bool = False


class Rows(NamedTuple):
    """A table of two columns."""

    rows: tuple[tuple[str, str], ...]


Material = Pictures | Player | Chart | Rows


class Slide(NamedTuple):
    """`name` is its place in addresses."""

    name: str
    title: str
    text: tuple[str, ...]
    material: tuple[Material, ...]


class Story(NamedTuple):
    """`left_out`: a sentence for each slide that could not be made."""

    name: str
    run_id: str
    facts: str
    slides: tuple[Slide, ...]
    left_out: tuple[str, ...]


def cells(curves: dict[str, Points]) -> tuple[tuple[object, ...], ...]:
    """Every recorded point, a row for each inner loop; empty where a curve has none there."""
    values = {name: dict(zip(points.steps, points.values, strict=True)) for name, points in curves.items()}
    steps = sorted({step for of in values.values() for step in of})
    return (("inner_loop", *curves), *((step, *(of.get(step, "") for of in values.values())) for step in steps))


def counted(number: int, thing: str) -> str:
    """'1 image', '20 images'."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"

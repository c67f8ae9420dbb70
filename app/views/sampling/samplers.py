"""The ways to pick a real batch, in a person's words."""

from __future__ import annotations

from typing import NamedTuple

from app import palette
from app.charts.embedding import Batch, Positions


class Sampler(NamedTuple):
    """`title` for a list, `batch` for the middle of a sentence, `meaning` in one sentence."""

    title: str
    batch: str
    meaning: str


SAMPLERS: dict[str, Sampler] = {
    "representative": Sampler("Representative", "representative batch", "The image nearest to the centre of each k-means cluster."),
    "random": Sampler("Random", "random batch", "As many images drawn blindly."),
    "center": Sampler("Centre", "centre batch", "The images nearest to the middle of the whole class."),
    "boundary": Sampler("Boundary", "boundary batch", "The images farthest from the middle of the whole class."),
}  # fmt: skip


def batch(name: str, positions: Positions) -> Batch:
    """A batch with its name and mark."""
    return Batch(SAMPLERS[name].batch, positions, palette.SAMPLERS[name])

"""What is matched between a real and a synthetic batch of one class."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from torch import Tensor

from engine.nets import Network
from engine.objectives.distance import DISTANCES, Distance
from engine.objectives.terms import Batches, Terms, match_both, match_features, match_gradients

__all__ = ["DISTANCES", "OBJECTIVES", "Batches", "Distance", "Objective", "Terms"]

Response = Callable[[Network, Sequence[Tensor], Batches, Distance], Terms]


class Objective(NamedTuple):
    """`terms`: (network, weights whose gradients are matched, batches, distance) -> Terms. `gradients`, `features`: which of
    the two terms pull at the images."""

    terms: Response
    gradients: bool
    features: bool


OBJECTIVES: dict[str, Objective] = {
    "gradient": Objective(match_gradients, gradients=True, features=False),
    "feature": Objective(match_features, gradients=False, features=True),
    "both": Objective(match_both, gradients=True, features=True),
}

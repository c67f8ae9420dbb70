"""What is matched between a real and a synthetic batch of one class."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor

from engine.nets import Network
from engine.objectives.distance import DISTANCES, Distance
from engine.objectives.matching import Terms, match_both, match_features, match_gradients

__all__ = ["DISTANCES", "OBJECTIVES", "Distance", "Objective", "Terms"]

Response = Callable[[Network, Tensor, Tensor, int, Distance], Terms]


class Objective(NamedTuple):
    """`terms`: (network, real [B, C, H, H], synthetic [M, C, H, H], class, distance) -> Terms; both batches normalised and
    augmented. `gradients`, `features`: which of the two terms pull at the images."""

    terms: Response
    gradients: bool
    features: bool


OBJECTIVES: dict[str, Objective] = {
    "gradient": Objective(match_gradients, gradients=True, features=False),
    "feature": Objective(match_features, gradients=False, features=True),
    "both": Objective(match_both, gradients=True, features=True),
}

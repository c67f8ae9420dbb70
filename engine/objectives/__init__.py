"""What is matched between a real and a synthetic batch of one class."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from engine.nets import Network
from engine.objectives.distance import DISTANCES, Distance
from engine.objectives.matching import Terms, match_both, match_features, match_gradients

__all__ = ["DISTANCES", "OBJECTIVES", "Distance", "Objective", "Terms"]

Objective = Callable[[Network, Tensor, Tensor, int, Distance], Terms]
"""(network, real [B, C, H, H], synthetic [M, C, H, H], class, distance) -> Terms; both batches normalised and augmented."""

OBJECTIVES: dict[str, Objective] = {
    "gradient": match_gradients,
    "feature": match_features,
    "both": match_both,
}

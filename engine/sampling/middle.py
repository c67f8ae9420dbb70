"""Real images near the middle of their class, or far from it: the two extremes of the paper's Figure 2a (METHODS A6.1)."""

from __future__ import annotations

from torch import Generator, Tensor


def center(features: Tensor, groups: int, per_group: int, _generator: Generator) -> Tensor:
    """Positions of the `groups * per_group` images nearest to the mean feature, nearest first; features [n, d]."""
    return _from_mean(features).topk(groups * per_group, largest=False).indices


def boundary(features: Tensor, groups: int, per_group: int, _generator: Generator) -> Tensor:
    """Positions of the `groups * per_group` images farthest from the mean feature, farthest first; features [n, d]."""
    return _from_mean(features).topk(groups * per_group).indices


def _from_mean(features: Tensor) -> Tensor:
    away: Tensor = (features - features.mean(0)).norm(dim=1)
    return away

"""Distances between two tensors of one shape. Sums, not means, as in the released code (METHODS A4, A6.2 no. 3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor


class Distance(NamedTuple):
    """`values`(a, b): [G, ...] twice -> [G], the distance of each group. `slope`(a, b): its derivative by a, shaped like a."""

    values: Callable[[Tensor, Tensor], Tensor]
    slope: Callable[[Tensor, Tensor], Tensor]

    def __call__(self, a: Tensor, b: Tensor) -> Tensor:
        """The distance of two tensors, a scalar."""
        return self.values(a.unsqueeze(0), b.unsqueeze(0)).squeeze(0)


def _squared(a: Tensor, b: Tensor) -> Tensor:
    return (a - b).square().flatten(1).sum(1)


def _absolute(a: Tensor, b: Tensor) -> Tensor:
    return (a - b).abs().flatten(1).sum(1)


DISTANCES: dict[str, Distance] = {
    "mse": Distance(_squared, lambda a, b: 2 * (a - b)),
    "l1": Distance(_absolute, lambda a, b: (a - b).sign()),
}

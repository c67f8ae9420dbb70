"""Distances between two tensors of one shape. Sums, not means, as in the released code (METHODS A1, A4, A6.2 no. 3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor

EPSILON = 1e-6  # added to the product of two norms, as in DC's code


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


def _rows(a: Tensor) -> Tensor:
    """[G, rows, row length]: one row per output of a weight tensor [G, O, ...]; a vector [G, d] is a single row."""
    return a.flatten(2) if a.dim() > 2 else a.unsqueeze(1)


def _cosine(a: Tensor, b: Tensor) -> Tensor:
    """Sum over rows of 1 - <a, b> / (|a| |b| + 1e-6)."""
    a, b = _rows(a), _rows(b)
    lengths: Tensor = a.norm(dim=2) * b.norm(dim=2)
    return (1 - (a * b).sum(2) / (lengths + EPSILON)).sum(1)


def _cosine_slope(a: Tensor, b: Tensor) -> Tensor:
    x, y = _rows(a), _rows(b)
    length: Tensor = x.norm(dim=2, keepdim=True)
    other: Tensor = y.norm(dim=2, keepdim=True)
    product = length * other + EPSILON
    along = (x * y).sum(2, keepdim=True) * other / product.square() / length.clamp_min(1e-30)  # 0 where x is 0
    return (along * x - y / product).view_as(a)


DISTANCES: dict[str, Distance] = {
    "mse": Distance(_squared, lambda a, b: 2 * (a - b)),
    "l1": Distance(_absolute, lambda a, b: (a - b).sign()),
    "cosine": Distance(_cosine, _cosine_slope),
}

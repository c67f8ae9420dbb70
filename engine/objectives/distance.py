"""Distances between two tensors of one shape. Sums, not means, as in the released code (METHODS A4, A6.2 no. 3)."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

Distance = Callable[[Tensor, Tensor], Tensor]


def squared(a: Tensor, b: Tensor) -> Tensor:
    """Sum of squared differences, a scalar."""
    return (a - b).square().sum()


def absolute(a: Tensor, b: Tensor) -> Tensor:
    """Sum of absolute differences, a scalar."""
    return (a - b).abs().sum()


DISTANCES: dict[str, Distance] = {"mse": squared, "l1": absolute}

"""Slopes by finite differences, of losses that jump."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

STEP = 1e-6
TRIES = 50


def quotients(loss: Callable[[Tensor], float], x: Tensor, direction: Tensor) -> tuple[float, float]:
    """(loss(x + step d) - loss(x - step d)) / 2 step with a short and a longer step."""
    near, far = ((loss(x + h * direction) - loss(x - h * direction)) / (2 * h) for h in (STEP, 3 * STEP))
    return near, far


def slopes(
    loss: Callable[[Tensor], float], draw: Callable[[], Tensor], count: int = 4
) -> tuple[Tensor, list[tuple[Tensor, float]]]:
    """A float64 point from `draw`, and `count` random directions with the slope of `loss` along each.

    A loss of gradients jumps where a ReLU or a maximum changes sides, and no derivative knows that. A jump within reach of the step
    shows in two quotients that disagree, whatever the derivative under test says: such a point is left and another one drawn.
    """
    for _ in range(TRIES):
        x = draw()
        found = [(direction, *quotients(loss, x, direction)) for direction in torch.randn(count, *x.shape).to(x)]
        if all(near == pytest.approx(far, rel=1e-5, abs=5e-9) for _, near, far in found):
            return x, [(direction, near) for direction, near, _ in found]
    raise AssertionError(f"Each of {TRIES} points has a jump within reach.")

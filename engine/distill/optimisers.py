"""The optimisers of the synthetic images, which all classes share."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor


class ImageOptimiser(Protocol):
    """SGD with momentum over all images at once, `images` [K, ipc, C, H, H], changed in place."""

    images: Tensor
    velocity: Tensor

    def at_turn(self) -> Tensor:
        """The images as each class finds its own when its turn comes, class 0 first: shaped like `images`."""
        ...

    def sweep(self, gradients: Tensor) -> None:
        """The steps of one sweep over all classes, with gradients taken at `at_turn`."""
        ...


class JointSteps:
    """One step for all classes together: DC, DSA, DM (METHODS A1). `lr`: a number, or one per channel [C, 1, 1]."""

    def __init__(self, images: Tensor, lr: Tensor | float, momentum: float) -> None:
        self.images, self.lr, self.momentum = images, lr, momentum
        self.velocity = torch.zeros_like(images)

    def at_turn(self) -> Tensor:
        return self.images

    def sweep(self, gradients: Tensor) -> None:
        self.velocity.mul_(self.momentum).add_(gradients)
        self.images.sub_(self.lr * self.velocity)


class StepPerClass:
    """Stepped once per class: IDC and what follows it (METHODS A4, momentum remark).

    While one class steps, the others have no gradient but their momentum still moves them: a gradient g ends up moving its
    class by lr*g*(1 + m + m^2 + ...). What a class's images are when its turn comes follows from the velocities alone, so a
    sweep's gradients can be taken all at once and its K steps be made in one.
    """

    def __init__(self, images: Tensor, lr: Tensor | float, momentum: float) -> None:
        self.images, self.lr, self.momentum = images, lr, momentum
        self.velocity = torch.zeros_like(images)
        classes = torch.arange(len(images), dtype=torch.float64)
        sums = (momentum ** torch.arange(len(images) + 1, dtype=torch.float64)).cumsum(0)  # 1, 1 + m, 1 + m + m^2, ...
        shape = (-1, *[1] * (images.dim() - 1))
        self._coast = (momentum * sums[:-1] - momentum ** (classes + 1)).view(shape).to(images)  # m + ... + m^j
        self._push = sums[:-1].flip(0).view(shape).to(images)  # 1 + m + ... + m^(K-1-j)
        self._kept = (momentum ** (len(images) - 1 - classes)).view(shape).to(images)
        self._whole = float(momentum * sums[len(images) - 1])  # m + ... + m^K

    def at_turn(self) -> Tensor:
        return self.images - self.lr * self._coast * self.velocity

    def sweep(self, gradients: Tensor) -> None:
        self.images.sub_(self.lr * (self._whole * self.velocity + self._push * gradients))
        self.velocity.mul_(self.momentum ** len(self.images)).add_(self._kept * gradients)

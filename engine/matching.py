"""One image step: the gradient of the matching loss of one class, and the optimiser that all classes share."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from engine.decode import decode
from engine.nets import Network
from engine.objectives import Distance, Objective


class Matching(NamedTuple):
    """What is matched and how, fixed for a run."""

    objective: Objective
    distance: Distance
    feature_weight: float
    factor: int


def class_gradient(
    network: Network,
    images: Tensor,
    real: Tensor,
    label: int,
    matching: Matching,
    prepare: Callable[[Tensor], Tensor],
    subset: Callable[[Tensor], Tensor],
) -> tuple[Tensor, Tensor]:
    """d loss / d images for one class's stored images [ipc, C, H, H] in [0, 1].

    real [B, C, H, H]: the real batch, normalised and augmented. `subset` limits the decoded images, `prepare` normalises and
    augments them with the draw that the real batch had. Returns the gradient, shaped like `images`, and the two terms
    [gradient, feature], without graph; a term that is not matched is not a number.
    """
    leaf = images.detach().requires_grad_()
    syn = prepare(subset(decode(leaf, matching.factor)))
    terms = matching.objective(network, real, syn, label, matching.distance)
    if terms.gradient is None:
        loss, gradient_term = terms.feature, terms.feature.new_tensor(float("nan"))
    else:
        loss, gradient_term = terms.gradient + matching.feature_weight * terms.feature, terms.gradient
    (gradient,) = torch.autograd.grad(loss, leaf)
    return gradient, torch.stack([gradient_term.detach(), terms.feature.detach()])


class ImageOptimiser:
    """SGD with momentum over all images at once, stepped once per class (METHODS A4, momentum remark).

    While one class steps, the others have no gradient but their momentum still moves them: a gradient g ends up moving its
    class by lr*g*(1 + m + m^2 + ...). `images` [K*ipc, C, H, H], class-major, is changed in place.
    """

    def __init__(self, images: Tensor, lr: float, momentum: float) -> None:
        self.images, self.lr, self.momentum = images, lr, momentum
        self.velocity = torch.zeros_like(images)

    def of_class(self, label: int, ipc: int) -> Tensor:
        """The stored images of one class: a view [ipc, C, H, H]."""
        return self.images[label * ipc : (label + 1) * ipc]

    def step(self, label: int, ipc: int, gradient: Tensor) -> None:
        self.velocity.mul_(self.momentum)
        self.velocity[label * ipc : (label + 1) * ipc].add_(gradient)
        self.images.add_(self.velocity, alpha=-self.lr)

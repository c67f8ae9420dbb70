"""The matching loss of a run, and its gradient by automatic differentiation."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from engine.nets import Network, matched_weights
from engine.objectives import Batches, Distance, Objective


class Matching(NamedTuple):
    """What is matched and how, fixed for a run."""

    objective: Objective
    distance: Distance
    feature_weight: float
    classifier: bool = False  # whether the gradient of the last, linear layer is matched, too

    @property
    def feature_pull(self) -> float:
        """What the feature term counts in the loss: 0 where it is only shown, 1 where it is alone."""
        if self.objective.gradients:
            return self.feature_weight if self.objective.features else 0.0
        return 1.0


def differentiated(
    network: Network, real: Tensor, syn: Tensor, label: int, matching: Matching
) -> tuple[Tensor, Tensor]:
    """d loss / d syn of one class by automatic differentiation, for any network: the plain path.

    real [B, C, H, H], syn [M, C, H, H]: normalised and augmented. Returns the gradient, shaped like `syn`, and the two terms
    [gradient, feature], without graph; a term that is not matched is not a number.
    """
    with torch.enable_grad():
        leaf = syn.detach().requires_grad_()
        weights = matched_weights(network, matching.classifier)
        terms = matching.objective.terms(network, weights, Batches(real, leaf, label), matching.distance)
        if terms.gradient is None:
            loss, gradient_term = terms.feature, terms.feature.new_tensor(float("nan"))
        else:
            loss, gradient_term = terms.gradient + matching.feature_pull * terms.feature, terms.gradient
        (gradient,) = torch.autograd.grad(loss, leaf)
    return gradient, torch.stack([gradient_term.detach(), terms.feature.detach()])

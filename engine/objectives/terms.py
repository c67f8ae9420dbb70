"""The matching losses of one class: gradients (IDC), mean features (IDC's feature variant), both (DREAM+, METHODS A6).

The real side is a constant: its gradients and features carry no graph, so only the synthetic images are pulled.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.nets import Network
from engine.objectives.distance import Distance


class Terms(NamedTuple):
    """Scalar losses of one class. A term that the objective does not match carries no graph or is None."""

    gradient: Tensor | None
    feature: Tensor


class Batches(NamedTuple):
    """real [B, C, H, H], syn [M, C, H, H]: of one class, normalised and augmented."""

    real: Tensor
    syn: Tensor
    label: int


def match_gradients(network: Network, weights: Sequence[Tensor], batches: Batches, distance: Distance) -> Terms:
    """sum over `weights`, some of the network's parameters, of D(grad l(real), grad l(syn)), l = mean cross-entropy; the feature term is only shown."""
    terms = match_both(network, weights, batches, distance)
    return Terms(terms.gradient, terms.feature.detach())


def match_features(network: Network, _weights: Sequence[Tensor], batches: Batches, distance: Distance) -> Terms:
    """D(mean phi(real), mean phi(syn)), means over the batch of the flattened last features."""
    with torch.no_grad():
        target = network.features(batches.real).mean(0)
    return Terms(None, distance(network.features(batches.syn).mean(0), target))


def match_both(network: Network, weights: Sequence[Tensor], batches: Batches, distance: Distance) -> Terms:
    """Gradient and feature term from the same two forward passes (DREAM+, Liu et al. 2023, eq. 2; METHODS A6 no. 1)."""
    real_features, real_loss = _response(network, batches.real, batches.label)
    targets = torch.autograd.grad(real_loss, weights)
    syn_features, syn_loss = _response(network, batches.syn, batches.label)
    gradients = torch.autograd.grad(syn_loss, weights, create_graph=True)
    pairs = [distance(g, t) for g, t in zip(gradients, targets, strict=True)]
    return Terms(torch.stack(pairs).sum(), distance(syn_features.mean(0), real_features.detach().mean(0)))


def _response(network: Network, x: Tensor, label: int) -> tuple[Tensor, Tensor]:
    """Features [B, d] and mean cross-entropy of a batch of one class."""
    features = network.features(x)
    logits = network.classifier(features)
    return features, F.cross_entropy(logits, torch.full((len(x),), label, device=x.device))

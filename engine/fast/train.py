"""The gradients of a training step, and the features of many images."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.fast.layers import Layers
from engine.fast.passes import backward, forward, weight_gradients


@torch.no_grad()
def loss_gradients(layers: Layers, x: Tensor, targets: Tensor) -> list[Tensor]:
    """Gradients of the cross-entropy summed over the batch, one per parameter in the order of `network.parameters()`.

    x [B, C, H, H], normalised and augmented; targets [B, K]: shares of each class, rows that sum to one.
    """
    trace = forward(layers, x)
    d_logits = torch.addmm(layers.bias, trace.features, layers.classifier.T).softmax(1) - targets
    backward(layers, trace, d_logits @ layers.classifier)
    gradients = []
    for layer, kept, weight in zip(layers.layers, trace.kept, weight_gradients(layers, trace, 1), strict=True):
        assert kept.back is not None, "backward ran above"
        pixels = kept.block.h.shape[2] * kept.block.h.shape[3]
        gamma, beta = (mean.sum(0) * pixels for mean in (kept.back.mean_eh, kept.back.mean_e))
        gradients += [weight[0], torch.zeros_like(layer.beta), gamma, beta]  # the norm takes the bias out again
    return [*gradients, d_logits.T @ trace.features, d_logits.sum(0)]


@torch.no_grad()
def features(layers: Layers, x: Tensor) -> Tensor:
    """phi of x [N, C, H, H], normalised: [N, d]."""
    return forward(layers, x).features

"""The gradients of a training step, and the features of many images."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.fast.layers import Layers
from engine.fast.passes import backward, forward, weight_gradients


@torch.no_grad()
def loss_gradients(layers: Layers, x: Tensor, targets: Tensor) -> list[Tensor]:
    """Gradients of the cross-entropy summed over the batch, one per parameter in the order of `network.parameters()`.

    x [B, C, H, H], normalised and augmented; targets [B, K]: shares of each class, rows that sum to one. For n stacked
    networks the batch is theirs one after another, and gradients are [n, ...].
    """
    trace = forward(layers, x)
    networks = len(layers.bias) if layers.bias.dim() == 2 else 1
    phi = trace.features.unflatten(0, (networks, -1))
    classifier, bias = (values.view(networks, -1, *values.shape[-1:]) for values in (layers.classifier, layers.bias))
    d_logits = torch.baddbmm(bias, phi, classifier.mT).softmax(2) - targets.unflatten(0, (networks, -1))
    backward(layers, trace, (d_logits @ classifier).flatten(0, 1))
    gradients = []
    for kept, weight in zip(trace.kept, weight_gradients(layers, trace, networks), strict=True):
        assert kept.back is not None, "backward ran above"
        pixels = kept.block.h.shape[2] * kept.block.h.shape[3]
        gamma, beta = (
            mean.unflatten(0, (networks, -1)).sum(1) * pixels for mean in (kept.back.mean_eh, kept.back.mean_e)
        )
        gradients += [weight, torch.zeros_like(beta), gamma, beta]  # the norm takes a convolution's bias out again
    gradients += [d_logits.mT @ phi, d_logits.sum(1)]
    return [gradient.view_as(own) for gradient, own in zip(gradients, _parameters(layers), strict=True)]


def _parameters(layers: Layers) -> list[Tensor]:
    """In the order of `network.parameters()`; a convolution's bias is stood for by the norm's."""
    blocks = [value for layer in layers.layers for value in (layer.weight, layer.beta, layer.gamma, layer.beta)]
    return [*blocks, layers.classifier, layers.bias]


@torch.no_grad()
def features(layers: Layers, x: Tensor) -> Tensor:
    """phi of x [N, C, H, H], normalised: [N, d]."""
    return forward(layers, x).features


@torch.no_grad()
def gradient_norms(layers: Layers, x: Tensor, labels: Tensor) -> Tensor:
    """L2 norm over all parameters of the gradient of each image's own cross-entropy: [B]. x as above; labels int64 [B]."""
    trace = forward(layers, x)
    d_logits = torch.addmm(layers.bias, trace.features, layers.classifier.T).softmax(1)
    d_logits[torch.arange(len(x), device=x.device), labels] -= 1
    backward(layers, trace, d_logits @ layers.classifier)
    squares = d_logits.square().sum(1) * (1 + trace.features.square().sum(1))  # a bias is a weight whose input is 1
    for kept, weights in zip(trace.kept, weight_gradients(layers, trace, len(x)), strict=True):
        assert kept.back is not None, "backward ran above"
        pixels = kept.block.h.shape[2] * kept.block.h.shape[3]
        squares += weights.flatten(1).square().sum(1)
        squares += sum(((mean * pixels).square().sum(1) for mean in (kept.back.mean_eh, kept.back.mean_e)), 0 * squares)
    return squares.sqrt()

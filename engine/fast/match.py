"""The gradient of the matching loss with respect to synthetic images, for one class or several that share a network."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.fast.layers import Layers
from engine.fast.passes import Trace, backward, forward, input_gradient, input_gradient_along, weight_gradients
from engine.matching import Matching


@torch.no_grad()
def matched_gradient(
    layers: Layers, matching: Matching, real: Tensor, syn: Tensor, labels: Tensor
) -> tuple[Tensor, Tensor]:
    """d loss / d syn [G M, C, H, H], the sum over classes of what `engine.objectives` computes for each.

    real [G B, C, H, H], syn [G M, C, H, H]: normalised and augmented, class after class; labels int64 [G]. Also returns per
    class the two terms [G, 2] (gradient, feature); a term that is not matched is not a number.
    """
    wanted, distance, groups = matching.objective.gradients, matching.distance, len(labels)
    target_means, targets, _ = _response(layers, forward(layers, real), labels, wanted)
    trace = forward(layers, syn)
    means, gradients, probabilities = _response(layers, trace, labels, wanted)
    feature, size = distance.values(means, target_means), len(syn) // groups
    d_features = (distance.slope(means, target_means) * (matching.feature_pull / size)).repeat_interleave(size, 0)
    if not wanted:
        backward(layers, trace, d_features)
        return input_gradient(layers, trace), torch.stack([torch.full_like(feature, torch.nan), feature], 1)
    pairs = list(zip(gradients, targets, strict=True))
    gradient = torch.stack([distance.values(g, t) for g, t in pairs]).sum(0)
    directions = [distance.slope(g, t) for g, t in pairs]
    pulled = input_gradient_along(layers, trace, directions, probabilities, d_features)
    return pulled, torch.stack([gradient, feature], 1)


def _response(layers: Layers, trace: Trace, labels: Tensor, gradients: bool) -> tuple[Tensor, list[Tensor], Tensor]:
    """Mean features [G, d]; where `gradients`, per block the weight gradients [G, O, I, 3, 3] of each class's mean
    cross-entropy; the softmax [G M, K]."""
    groups, size = len(labels), len(trace.features) // len(labels)
    means = trace.features.unflatten(0, (groups, size)).mean(1)
    if not gradients:
        return means, [], means
    probabilities = torch.addmm(layers.bias, trace.features, layers.classifier.T).softmax(1)
    d_logits = probabilities.clone()
    d_logits[torch.arange(len(d_logits), device=labels.device), labels.repeat_interleave(size)] -= 1
    backward(layers, trace, (d_logits / size) @ layers.classifier)
    return means, weight_gradients(layers, trace, groups), probabilities

"""The gradient of the matching loss with respect to synthetic images, for one class or several that share a network."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.fast.layers import Layers
from engine.fast.passes import Head, Trace, backward, forward, input_gradient, input_gradient_along, weight_gradients
from engine.objectives.matching import Matching


@torch.no_grad()
def matched_gradient(
    layers: Layers, matching: Matching, real: Tensor, syn: Tensor, labels: Tensor
) -> tuple[Tensor, Tensor]:
    """d loss / d syn [G M, C, H, H], the sum over classes of what `engine.objectives` computes for each.

    real [G B, C, H, H], syn [G M, C, H, H]: normalised and augmented, class after class; labels int64 [G]. Also returns per
    class the two terms [G, 2] (gradient, feature); a term that is not matched is not a number.
    """
    wanted, distance, groups = matching.objective.gradients, matching.distance, len(labels)
    target_means, targets, _ = _response(layers, forward(layers, real), labels, matching)
    trace = forward(layers, syn)
    means, gradients, head = _response(layers, trace, labels, matching)
    feature, size = distance.values(means, target_means), len(syn) // groups
    d_features = (distance.slope(means, target_means) * (matching.feature_pull / size)).repeat_interleave(size, 0)
    if not wanted:
        backward(layers, trace, d_features)
        return input_gradient(layers, trace), torch.stack([torch.full_like(feature, torch.nan), feature], 1)
    assert head is not None, "gradients are matched"
    pairs = list(zip(gradients, targets, strict=True))
    gradient = torch.stack([distance.values(g, t) for g, t in pairs]).sum(0)
    directions = [distance.slope(g, t) for g, t in pairs]
    pulled = input_gradient_along(layers, trace, directions, head, d_features)
    return pulled, torch.stack([gradient, feature], 1)


def _response(
    layers: Layers, trace: Trace, labels: Tensor, matching: Matching
) -> tuple[Tensor, list[Tensor], Head | None]:
    """Mean features [G, d]; where gradients are matched, the gradients of each class's mean cross-entropy by the matched
    weights, block by block [G, O, I, 3, 3] and perhaps the classifier's [G, K, d], and what the head leaves."""
    groups, size = len(labels), len(trace.features) // len(labels)
    features = trace.features.unflatten(0, (groups, size))
    if not matching.objective.gradients:
        return features.mean(1), [], None
    probabilities = torch.addmm(layers.bias, trace.features, layers.classifier.T).softmax(1)
    d_logits = probabilities.clone()
    d_logits[torch.arange(len(d_logits), device=labels.device), labels.repeat_interleave(size)] -= 1
    d_logits /= size
    backward(layers, trace, d_logits @ layers.classifier)
    gradients = weight_gradients(layers, trace, groups)
    if matching.classifier:
        gradients.append(d_logits.unflatten(0, (groups, size)).mT @ features)
    return features.mean(1), gradients, Head(probabilities, d_logits)

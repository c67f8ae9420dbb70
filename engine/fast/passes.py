"""Forward, backward and tangent through all blocks of a ConvNet.

The gradient of v . g(S) with respect to S, where g(S) = dL/dW is the network's weight gradient on S and v any direction in
weight space, is what matching needs. Since both derivatives may be taken in either order, it is the derivative of dL/dS
along v: one forward and one backward pass more, with numbers that the first ones left, instead of a graph of the graph
(Pearlmutter, Fast exact multiplication by the Hessian, 1994, for mixed derivatives).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.fast.blocks import Back, Normed
from engine.fast.layers import Layer, Layers


@dataclass
class Kept:
    """What the passes through one block leave for later ones. `x` and `du` are prepared for the convolution."""

    x: Tensor
    block: Normed
    d: Tensor | None = None
    back: Back | None = None
    du: Tensor | None = None


@dataclass
class Trace:
    """A batch on its way through the network: [N, d] features, and what each block kept."""

    kept: list[Kept]
    features: Tensor


@dataclass
class Head:
    """What the classifier leaves of a mean cross-entropy: the softmax [N, K], and dL/dlogits [N, K]."""

    probabilities: Tensor
    d_logits: Tensor


def forward(layers: Layers, x: Tensor) -> Trace:
    """x [N, C, H, W], normalised."""
    kept: list[Kept] = []
    for layer in layers.layers:
        read = layer.convolution.prepare_input(x)
        gamma, beta = _per_image(layer, len(x))
        block = layers.blocks.forward(_each(layer.convolution.forward, read, layer.weight), gamma, beta)
        kept.append(Kept(read, block))
        x = block.x
    return Trace(kept, x.flatten(1))


def backward(layers: Layers, trace: Trace, d_features: Tensor) -> None:
    """Leaves dL/du of every block in the trace, from dL/dfeatures [N, d]."""
    d = d_features.view_as(trace.kept[-1].block.x)
    for number in reversed(range(len(layers.layers))):
        layer, kept = layers.layers[number], trace.kept[number]
        kept.d = d
        kept.back = layers.blocks.backward(d, kept.block, *_per_image(layer, len(d)))
        kept.du = layer.convolution.prepare_output(kept.back.du)
        if number:
            d = _each_pair(layer.convolution.input_gradient, kept.du, kept.x, layer.weight)


def input_gradient(layers: Layers, trace: Trace) -> Tensor:
    """dL/dx [N, C, H, W] after `backward`."""
    layer, kept = layers.layers[0], trace.kept[0]
    assert kept.du is not None, "backward comes first"
    return layer.convolution.input_gradient(kept.du, kept.x, layer.weight)


def weight_gradients(layers: Layers, trace: Trace, groups: int) -> list[Tensor]:
    """After `backward`: per block dL/dW of each of `groups` equal parts of the batch, [groups, O, I, 3, 3]."""
    found = []
    for layer, kept in zip(layers.layers, trace.kept, strict=True):
        assert kept.du is not None, "backward comes first"
        like = layer.weight if layer.weight.dim() == 4 else layer.weight[0]
        if groups == 1:
            found.append(layer.convolution.weight_gradient(kept.du, kept.x, like).unsqueeze(0))
            continue
        parts = zip(kept.du.chunk(groups), kept.x.chunk(groups), strict=True)
        found.append(torch.stack([layer.convolution.weight_gradient(du, x, like) for du, x in parts]))
    return found


def input_gradient_along(
    layers: Layers, trace: Trace, directions: Sequence[Tensor], head: Head, d_features: Tensor
) -> Tensor:
    """d/dx of (sum of directions . dL/dW) + (d_features . features): [N, C, H, W]. Uses the trace up.

    After `backward` of a mean cross-entropy over each group. directions: per block [groups, O, I, 3, 3], and one more
    [groups, K, d] where the classifier's gradient counts; d_features [N, d] is what pulls at the features themselves.
    """
    blocks, tangents = directions[: len(layers.layers)], []
    x_dot: Tensor | None = None
    for layer, kept, direction in zip(layers.layers, trace.kept, blocks, strict=True):
        convolution = layer.convolution
        u_dot = _each(convolution.forward, kept.x, direction)
        if x_dot is not None:
            u_dot += convolution.forward(convolution.prepare_input(x_dot), layer.weight)
        tangents.append(layers.blocks.tangent(u_dot, kept.block, layer.gamma, layer.beta))
        x_dot = tangents[-1].x
    assert x_dot is not None, "a network has blocks"
    d_dot = (_head_along(layers, trace.features, x_dot.flatten(1), directions, head) + d_features).view_as(x_dot)
    for layer, kept, along, direction in reversed(list(zip(layers.layers, trace.kept, tangents, blocks, strict=True))):
        assert kept.back is not None and kept.d is not None and kept.du is not None, "backward comes first"
        du_dot = layers.blocks.tangent_backward(d_dot, kept.d, kept.block, kept.back, along, layer.gamma, layer.beta)
        convolution = layer.convolution
        d_dot = convolution.input_gradient(convolution.prepare_output(du_dot), kept.x, layer.weight)
        d_dot += _each_pair(convolution.input_gradient, kept.du, kept.x, direction)
    return d_dot


def _head_along(layers: Layers, phi: Tensor, phi_dot: Tensor, directions: Sequence[Tensor], head: Head) -> Tensor:
    """The derivative of dL/dphi along the directions, [N, d], where phi itself moves by `phi_dot`."""
    groups = len(directions[0])
    z_dot, moved = phi_dot @ layers.classifier.T, directions[len(layers.layers) :]
    for direction in moved:
        z_dot += (phi.unflatten(0, (groups, -1)) @ direction.mT).flatten(0, 1)
    p = head.probabilities
    d_phi = (p * (z_dot - (p * z_dot).sum(1, keepdim=True)) * (groups / len(phi))) @ layers.classifier
    for direction in moved:
        d_phi += (head.d_logits.unflatten(0, (groups, -1)) @ direction).flatten(0, 1)
    return d_phi


def _per_image(layer: Layer, count: int) -> tuple[Tensor, Tensor]:
    """gamma and beta [O]; of stacked networks each image's own, [N, O]."""
    if layer.gamma.dim() == 1:
        return layer.gamma, layer.beta
    size = count // len(layer.gamma)
    return layer.gamma.repeat_interleave(size, 0), layer.beta.repeat_interleave(size, 0)


def _each(convolve: Callable[[Tensor, Tensor], Tensor], x: Tensor, weights: Tensor) -> Tensor:
    """The batch with one set of weights [O, I, 3, 3], or each of its equal parts with its own [groups, O, I, 3, 3]."""
    if weights.dim() == 4 or len(weights) == 1:
        return convolve(x, weights if weights.dim() == 4 else weights[0])
    return torch.cat([convolve(part, weight) for part, weight in zip(x.chunk(len(weights)), weights, strict=True)])


def _each_pair(gradient: Callable[[Tensor, Tensor, Tensor], Tensor], u: Tensor, x: Tensor, weights: Tensor) -> Tensor:
    """`_each` for a gradient, which reads u and x."""
    if weights.dim() == 4 or len(weights) == 1:
        return gradient(u, x, weights if weights.dim() == 4 else weights[0])
    parts = zip(u.chunk(len(weights)), x.chunk(len(weights)), weights, strict=True)
    return torch.cat([gradient(some_u, some_x, weight) for some_u, some_x, weight in parts])

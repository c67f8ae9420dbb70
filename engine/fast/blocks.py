"""Instance norm, ReLU and 2x2 average pooling of one block: forward, backward, and the derivative of both along a
direction in weight space. Written in PyTorch: for GPUs, and what the CPU's kernels are tested against.

Notation: u [N, C, H, W] the convolution's output; h = (u - mean) / deviation, over each image and channel; r [N, C] =
1 / deviation; on = [gamma h + beta > 0]; x [N, C, H/2, W/2] the block's output; d = dL/dx; a dot is a derivative along the
direction. An odd last row or column is not pooled, as in `torch.nn.AvgPool2d`.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

EPSILON = 1e-5  # torch.nn.GroupNorm's


class Normed(NamedTuple):
    """What the forward pass of a block leaves: h, r, x."""

    h: Tensor
    r: Tensor
    x: Tensor


class Back(NamedTuple):
    """What the backward pass of a block leaves: du [N, C, H, W]; means over pixels [N, C] of e and of e h, where
    e = dL/d(gamma h + beta): times H W and summed over images they are the gradients of beta and gamma."""

    du: Tensor
    mean_e: Tensor
    mean_eh: Tensor


class Tangent(NamedTuple):
    """The derivative of a block's forward pass along a direction: of h, of x, and k [N, C] = mean of (u-dot h)."""

    h: Tensor
    k: Tensor
    x: Tensor


class Blocks(Protocol):
    """The four passes of a block. The first argument of `forward` and `tangent` may be overwritten."""

    def forward(self, u: Tensor, gamma: Tensor, beta: Tensor) -> Normed: ...

    def backward(self, d: Tensor, block: Normed, gamma: Tensor, beta: Tensor) -> Back: ...

    def tangent(self, u_dot: Tensor, block: Normed, gamma: Tensor, beta: Tensor) -> Tangent: ...

    def tangent_backward(
        self, d_dot: Tensor, d: Tensor, block: Normed, back: Back, along: Tangent, gamma: Tensor, beta: Tensor
    ) -> Tensor:
        """The derivative of du along the direction, where that of d is `d_dot`."""
        ...


class TorchBlocks:
    """The passes as PyTorch operations."""

    def forward(self, u: Tensor, gamma: Tensor, beta: Tensor) -> Normed:
        variance, mean = torch.var_mean(u, (2, 3), correction=0, keepdim=True)
        r = (variance + EPSILON).rsqrt()
        h = (u - mean) * r
        x = F.avg_pool2d((h * _channel(gamma) + _channel(beta)).relu_(), 2)
        return Normed(h, r.flatten(1), x)

    def backward(self, d: Tensor, block: Normed, gamma: Tensor, beta: Tensor) -> Back:
        e = _unpooled(d, block.h) * _on(block.h, gamma, beta)
        mean_e, mean_eh = _mean(e), _mean(e * block.h)
        du = _plane(block.r) * _channel(gamma) * (e - mean_e - block.h * mean_eh)
        return Back(du, mean_e.flatten(1), mean_eh.flatten(1))

    def tangent(self, u_dot: Tensor, block: Normed, gamma: Tensor, beta: Tensor) -> Tangent:
        k = _mean(u_dot * block.h)
        h_dot = _plane(block.r) * (u_dot - _mean(u_dot) - block.h * k)
        x_dot = F.avg_pool2d(h_dot * _channel(gamma) * _on(block.h, gamma, beta), 2)
        return Tangent(h_dot, k.flatten(1), x_dot)

    def tangent_backward(
        self, d_dot: Tensor, d: Tensor, block: Normed, back: Back, along: Tangent, gamma: Tensor, beta: Tensor
    ) -> Tensor:
        on, h, r = _on(block.h, gamma, beta), block.h, _plane(block.r)
        e, e_dot = _unpooled(d, h) * on, _unpooled(d_dot, h) * on
        mixed = _mean(e_dot * h + e * along.h)
        plain = e_dot - _mean(e_dot) - along.h * _plane(back.mean_eh) - h * mixed
        return r * (_channel(gamma) * plain - _plane(along.k) * back.du)  # r-dot = -r^2 k


def _channel(values: Tensor) -> Tensor:
    """[C], the same for all images, or [N, C]."""
    return values.view(-1, values.shape[-1], 1, 1)


def _plane(values: Tensor) -> Tensor:
    return values[:, :, None, None]


def _mean(values: Tensor) -> Tensor:
    return values.mean((2, 3), keepdim=True)


def _on(h: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
    return h * _channel(gamma) + _channel(beta) > 0


def _unpooled(d: Tensor, like: Tensor) -> Tensor:
    """A quarter of d at each pixel it was pooled from; zero in an odd last row or column."""
    spread = F.interpolate(d, scale_factor=2, mode="nearest") / 4
    bottom, right = like.shape[2] - spread.shape[2], like.shape[3] - spread.shape[3]
    return F.pad(spread, (0, right, 0, bottom)) if bottom or right else spread

"""The passes of blocks.py as fused loops for the CPU, each reading and writing an image once or twice while it is in cache.

Compiled by numba at first use (seconds) and kept beside this file for every later start. They release Python's lock, so
that threads can work on different classes. Arrays are [N, H, W, C] in memory: torch's channels_last, C innermost, which is
what the convolutions are fastest in and what the loops below run over side by side.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numba
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.fast.blocks import EPSILON, Back, Normed, Tangent

Array = NDArray[Any]
P = ParamSpec("P")
R = TypeVar("R")


def _compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Sums may be reordered, so that they run in vectors; NaN and infinity stay what they are."""
    how = numba.njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz", "arcp"})
    return cast("Callable[P, R]", how(function))


@_compiled
def _pooled_to(i: int, j: int, pooled: Array) -> tuple[int, int, bool]:
    """The pixel of `pooled` that pixel (i, j) goes into; False where it goes nowhere, in an odd last row or column."""
    at_i, at_j = min(i // 2, pooled.shape[1] - 1), min(j // 2, pooled.shape[2] - 1)
    return at_i, at_j, i // 2 == at_i and j // 2 == at_j


@_compiled
def _forward(u: Array, gamma: Array, beta: Array, r: Array, x: Array) -> None:
    """u becomes h."""
    count, high, wide, channels = u.shape
    real = u.dtype.type
    one, zero, quarter, share = real(1), real(0), real(0.25), real(1) / real(high * wide)
    mean, scale = np.empty(channels, u.dtype), np.empty(channels, u.dtype)
    for n in range(count):
        mean[:] = zero
        scale[:] = zero
        x[n] = zero
        for i in range(high):
            for j in range(wide):
                for c in range(channels):
                    mean[c] += u[n, i, j, c]
        for c in range(channels):
            mean[c] *= share
        for i in range(high):
            for j in range(wide):
                for c in range(channels):
                    away = u[n, i, j, c] - mean[c]
                    scale[c] += away * away
        for c in range(channels):
            scale[c] = one / np.sqrt(scale[c] * share + real(EPSILON))
            r[n, c] = scale[c]
        for i in range(high):
            for j in range(wide):
                at_i, at_j, pooled = _pooled_to(i, j, x)
                weight = quarter if pooled else zero
                for c in range(channels):
                    h = (u[n, i, j, c] - mean[c]) * scale[c]
                    u[n, i, j, c] = h
                    x[n, at_i, at_j, c] += weight * max(h * gamma[c] + beta[c], zero)


@_compiled
def _backward(
    d: Array, h: Array, r: Array, gamma: Array, beta: Array, mean_e: Array, mean_eh: Array, du: Array
) -> None:
    count, high, wide, channels = h.shape
    real = h.dtype.type
    zero, quarter, share = real(0), real(0.25), real(1) / real(high * wide)
    for n in range(count):
        mean_e[n] = zero
        mean_eh[n] = zero
        for i in range(2 * d.shape[1]):
            for j in range(2 * d.shape[2]):
                for c in range(channels):
                    value = h[n, i, j, c]
                    e = quarter * d[n, i // 2, j // 2, c] if value * gamma[c] + beta[c] > zero else zero
                    mean_e[n, c] += e
                    mean_eh[n, c] += e * value
        for c in range(channels):
            mean_e[n, c] *= share
            mean_eh[n, c] *= share
        for i in range(high):
            for j in range(wide):
                at_i, at_j, pooled = _pooled_to(i, j, d)
                weight = quarter if pooled else zero
                for c in range(channels):
                    value = h[n, i, j, c]
                    e = weight * d[n, at_i, at_j, c] if value * gamma[c] + beta[c] > zero else zero
                    du[n, i, j, c] = r[n, c] * gamma[c] * (e - mean_e[n, c] - value * mean_eh[n, c])


@_compiled
def _tangent(u_dot: Array, h: Array, r: Array, gamma: Array, beta: Array, k: Array, x_dot: Array) -> None:
    """u_dot becomes h_dot."""
    count, high, wide, channels = h.shape
    real = h.dtype.type
    zero, quarter, share = real(0), real(0.25), real(1) / real(high * wide)
    mean = np.empty(channels, h.dtype)
    for n in range(count):
        mean[:] = zero
        k[n] = zero
        x_dot[n] = zero
        for i in range(high):
            for j in range(wide):
                for c in range(channels):
                    value = u_dot[n, i, j, c]
                    mean[c] += value
                    k[n, c] += value * h[n, i, j, c]
        for c in range(channels):
            mean[c] *= share
            k[n, c] *= share
        for i in range(high):
            for j in range(wide):
                at_i, at_j, pooled = _pooled_to(i, j, x_dot)
                weight = quarter if pooled else zero
                for c in range(channels):
                    value = h[n, i, j, c]
                    h_dot = r[n, c] * (u_dot[n, i, j, c] - mean[c] - value * k[n, c])
                    u_dot[n, i, j, c] = h_dot
                    on = value * gamma[c] + beta[c] > zero
                    x_dot[n, at_i, at_j, c] += weight * gamma[c] * h_dot if on else zero


@_compiled
def _tangent_backward(
    d_dot: Array, d: Array, h: Array, h_dot: Array, du: Array, planes: tuple[Array, Array, Array],
    gamma: Array, beta: Array, out: Array,
) -> None:  # fmt: skip
    """planes: r, k, mean of e h, each [N, C]."""
    r, k, mean_eh = planes
    count, high, wide, channels = h.shape
    real = h.dtype.type
    zero, quarter, share = real(0), real(0.25), real(1) / real(high * wide)
    mean, mixed = np.empty(channels, h.dtype), np.empty(channels, h.dtype)
    for n in range(count):
        mean[:] = zero
        mixed[:] = zero
        for i in range(2 * d.shape[1]):
            for j in range(2 * d.shape[2]):
                for c in range(channels):
                    value = h[n, i, j, c]
                    on = value * gamma[c] + beta[c] > zero
                    e = quarter * d[n, i // 2, j // 2, c] if on else zero
                    e_dot = quarter * d_dot[n, i // 2, j // 2, c] if on else zero
                    mean[c] += e_dot
                    mixed[c] += e_dot * value + e * h_dot[n, i, j, c]
        for c in range(channels):
            mean[c] *= share
            mixed[c] *= share
        for i in range(high):
            for j in range(wide):
                at_i, at_j, pooled = _pooled_to(i, j, d)
                weight = quarter if pooled else zero
                for c in range(channels):
                    value = h[n, i, j, c]
                    e_dot = weight * d_dot[n, at_i, at_j, c] if value * gamma[c] + beta[c] > zero else zero
                    plain = e_dot - mean[c] - h_dot[n, i, j, c] * mean_eh[n, c] - value * mixed[c]
                    out[n, i, j, c] = r[n, c] * (gamma[c] * plain - k[n, c] * du[n, i, j, c])


@_compiled
def _gather(x: Array, padding: int, patches: Array) -> None:
    """x [N, H, W, C] -> the 3x3 pixels around each output pixel, [N, H', W', 9 C]."""
    zero = x.dtype.type(0)
    for n in range(x.shape[0]):
        for i in range(patches.shape[1]):
            for j in range(patches.shape[2]):
                at = 0
                for a in range(i - padding, i - padding + 3):
                    for b in range(j - padding, j - padding + 3):
                        inside = 0 <= a < x.shape[1] and 0 <= b < x.shape[2]
                        for c in range(x.shape[3]):
                            patches[n, i, j, at] = x[n, a, b, c] if inside else zero
                            at += 1


@_compiled
def _scatter(patches: Array, padding: int, x: Array) -> None:
    """The transpose of `_gather`: each patch is added to the pixels it was read from."""
    x[:] = x.dtype.type(0)
    for n in range(x.shape[0]):
        for i in range(patches.shape[1]):
            for j in range(patches.shape[2]):
                at = 0
                for a in range(i - padding, i - padding + 3):
                    for b in range(j - padding, j - padding + 3):
                        if 0 <= a < x.shape[1] and 0 <= b < x.shape[2]:
                            for c in range(x.shape[3]):
                                x[n, a, b, c] += patches[n, i, j, at + c]
                        at += x.shape[3]


class CpuBlocks:
    """The passes of `blocks.Blocks` by the loops above. `u` and `u_dot` are overwritten."""

    def forward(self, u: Tensor, gamma: Tensor, beta: Tensor) -> Normed:
        u = u.contiguous(memory_format=torch.channels_last)
        block = Normed(u, _planes(u), _pooled(u))
        _forward(_view(u), _flat(gamma), _flat(beta), _flat(block.r), _view(block.x))
        return block

    def backward(self, d: Tensor, block: Normed, gamma: Tensor, beta: Tensor) -> Back:
        back = Back(torch.empty_like(block.h), _planes(block.h), _planes(block.h))
        d = d.contiguous(memory_format=torch.channels_last)
        _backward(_view(d), _view(block.h), _flat(block.r), _flat(gamma), _flat(beta),
                  _flat(back.mean_e), _flat(back.mean_eh), _view(back.du))  # fmt: skip
        return back

    def tangent(self, u_dot: Tensor, block: Normed, gamma: Tensor, beta: Tensor) -> Tangent:
        u_dot = u_dot.contiguous(memory_format=torch.channels_last)
        along = Tangent(u_dot, _planes(u_dot), _pooled(u_dot))
        _tangent(_view(u_dot), _view(block.h), _flat(block.r), _flat(gamma), _flat(beta),
                 _flat(along.k), _view(along.x))  # fmt: skip
        return along

    def tangent_backward(
        self, d_dot: Tensor, d: Tensor, block: Normed, back: Back, along: Tangent, gamma: Tensor, beta: Tensor
    ) -> Tensor:
        d, d_dot = (t.contiguous(memory_format=torch.channels_last) for t in (d, d_dot))
        out = torch.empty_like(block.h)
        planes = _flat(block.r), _flat(along.k), _flat(back.mean_eh)
        _tangent_backward(_view(d_dot), _view(d), _view(block.h), _view(along.h), _view(back.du), planes,
                          _flat(gamma), _flat(beta), _view(out))  # fmt: skip
        return out


def gather(x: Tensor, padding: int) -> Tensor:
    """x [N, C, H, W] -> patches [N, H', W', 9 C] of a 3x3 convolution."""
    count, channels, high, wide = x.shape
    grown = 2 * padding - 2
    patches = torch.empty(count, high + grown, wide + grown, 9 * channels, dtype=x.dtype)
    _gather(_view(x.contiguous(memory_format=torch.channels_last)), padding, patches.numpy())
    return patches


def scatter(patches: Tensor, padding: int, shape: tuple[int, ...]) -> Tensor:
    """The transpose of `gather`: [N, H', W', 9 C] -> [N, C, H, W] of the given shape."""
    count, channels, high, wide = shape
    x = torch.empty(count, high, wide, channels, dtype=patches.dtype)
    _scatter(patches.numpy(), padding, x.numpy())
    return x.permute(0, 3, 1, 2)


def _planes(like: Tensor) -> Tensor:
    return torch.empty(like.shape[:2], dtype=like.dtype)


def _pooled(like: Tensor) -> Tensor:
    count, channels, high, wide = like.shape
    return torch.empty(count, high // 2, wide // 2, channels, dtype=like.dtype).permute(0, 3, 1, 2)


def _view(x: Tensor) -> Array:
    """[N, C, H, W], channels_last -> [N, H, W, C], the same memory."""
    view: Array = x.permute(0, 2, 3, 1).numpy()
    return view


def _flat(x: Tensor) -> Array:
    view: Array = x.detach().numpy()
    return view


def prepare() -> None:
    """Compiles the loops for float32, or takes what an earlier process kept: seconds the first time on a machine."""
    blocks, vector = CpuBlocks(), torch.ones(2)
    image, pooled = torch.rand(1, 2, 4, 4), torch.rand(1, 2, 2, 2)
    block = blocks.forward(image.clone(), vector, vector)
    back = blocks.backward(pooled, block, vector, vector)
    along = blocks.tangent(image.clone(), block, vector, vector)
    blocks.tangent_backward(pooled, pooled, block, back, along, vector, vector)
    scatter(gather(image, 1), 1, (1, 2, 4, 4))

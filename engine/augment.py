"""Differentiable augmentation: draw parameters once, apply them to any images (METHODS A0.3).

IDC's composition (ii), in this order: flip (p 0.5), colour (brightness, saturation, contrast), one of {crop, scale, rotate}
chosen for the whole batch, cutout. DSA's (i), strategies that begin with "one_": one of the listed operations, chosen for the
whole batch. All run on normalised images, so the zeros that appear are mean pixels.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from engine.validation import ONE

Drawn = dict[str, Tensor]
"""Parameters per operation, each [B, n], or [1, n] when one draw serves the whole batch."""


class Operation(NamedTuple):
    """`draw` turns uniform numbers [B, n] in [0, 1) and the image side into parameters; `apply` uses them."""

    uniforms: int
    draw: Callable[[Tensor, int], Tensor]
    apply: Callable[[Tensor, Tensor], Tensor]


def _column(parameters: Tensor, index: int) -> Tensor:
    """One parameter as [B, 1, 1, 1]."""
    return parameters[:, index].view(-1, 1, 1, 1)


def flip(x: Tensor, p: Tensor) -> Tensor:
    return torch.where(_column(p, 0) > 0, x.flip(-1), x)


def color(x: Tensor, p: Tensor) -> Tensor:
    """p: brightness shift in [-.5, .5), saturation factor in [0, 2), contrast factor in [.5, 1.5)."""
    x = x + _column(p, 0)
    grey = x.mean(1, keepdim=True)
    x = grey + (x - grey) * _column(p, 1)
    level = x.mean((1, 2, 3), keepdim=True)
    return level + (x - level) * _column(p, 2)


def crop(x: Tensor, p: Tensor) -> Tensor:
    """Shift by whole pixels (p: rows, columns); zeros come in at the edges."""
    side, shifts = x.shape[-1], p.long()
    at = torch.arange(side, device=x.device) + shifts.unsqueeze(-1)  # [B, 2, side]: where each pixel comes from
    at = (at + 1).clamp(0, side + 1)  # after padding by one, everything outside is a zero
    padded = F.pad(x, (1, 1, 1, 1))
    if len(p) == 1:
        return padded.index_select(2, at[0, 0]).index_select(3, at[0, 1])
    image = torch.arange(len(x), device=x.device).view(-1, 1, 1)
    return padded.permute(0, 2, 3, 1)[image, at[:, 0].unsqueeze(2), at[:, 1].unsqueeze(1)].permute(0, 3, 1, 2)


def cutout(x: Tensor, p: Tensor) -> Tensor:
    """A square of half the side, first row and column in p, is set to zero where it lies inside the image."""
    at = torch.arange(x.shape[-1], device=x.device)
    size = _half(x.shape[-1])
    inside = (at >= p.unsqueeze(-1)) & (at < p.unsqueeze(-1) + size)  # [B, 2, side]
    hole = inside[:, 0].unsqueeze(2) & inside[:, 1].unsqueeze(1)
    return x * (~hole).unsqueeze(1)


def _resample(x: Tensor, matrix: Tensor) -> Tensor:
    """Bilinear, zeros outside; matrix [B or 1, 2, 2] maps output to input coordinates."""
    theta = F.pad(matrix, (0, 1)).expand(len(x), 2, 3).to(x.dtype)
    grid = F.affine_grid(theta, list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def scale(x: Tensor, p: Tensor) -> Tensor:
    return _resample(x, torch.diag_embed(p))


def rotate(x: Tensor, p: Tensor) -> Tensor:
    cos, sin = p[:, 0].cos(), p[:, 0].sin()
    return _resample(x, torch.stack([torch.stack([cos, -sin], -1), torch.stack([sin, cos], -1)], 1))


def _half(side: int) -> int:
    return int(0.5 * side + 0.5)


def _draw_color(u: Tensor, _side: int) -> Tensor:
    return u * u.new_tensor([1.0, 2.0, 1.0]) + u.new_tensor([-0.5, 0.0, 0.5])


def _draw_crop(u: Tensor, side: int) -> Tensor:
    reach = int(0.125 * side + 0.5)
    return (u * (2 * reach + 1)).floor() - reach


def _draw_cutout(u: Tensor, side: int) -> Tensor:
    size = _half(side)
    return (u * (side + 1 - size % 2)).floor() - size // 2


def _draw_scale(u: Tensor, _side: int) -> Tensor:
    return 1 / 1.2 + u * (1.2 - 1 / 1.2)


def _draw_rotate(u: Tensor, _side: int) -> Tensor:
    return (2 * u - 1) * math.radians(15)


OPERATIONS: dict[str, Operation] = {
    "color": Operation(3, _draw_color, color),
    "crop": Operation(2, _draw_crop, crop),
    "cutout": Operation(2, _draw_cutout, cutout),
    "flip": Operation(1, lambda u, _side: (u < 0.5).to(u.dtype), flip),
    "scale": Operation(2, _draw_scale, scale),
    "rotate": Operation(1, _draw_rotate, rotate),
}

ONE_OF = ("crop", "scale", "rotate")
"""Only one of these, drawn per call for the whole batch, is used at a time."""


def draw(strategy: str, count: int, side: int, generator: Generator) -> Drawn:
    """Parameters for `count` images of `side` pixels; `count` 1 = one draw for every image of a batch.

    strategy: operation names joined by "_", perhaps after "one_". Drawn on the generator's device (the CPU, see engine/streams.py).
    """
    order = _order(strategy.split("_") if strategy else [], generator)
    return {
        name: OPERATIONS[name].draw(torch.rand(count, OPERATIONS[name].uniforms, generator=generator), side)
        for name in order
    }


def _order(listed: list[str], generator: Generator) -> list[str]:
    """The operations of one batch, first to last."""
    if listed[:1] == [ONE]:
        return [listed[1 + int(torch.randint(len(listed) - 1, (), generator=generator))]]
    geometric = [name for name in ONE_OF if name in listed]
    chosen = geometric[int(torch.randint(len(geometric), (), generator=generator))] if geometric else ""
    return [name for name in ("flip", "color", chosen, "cutout") if name in listed]


def join(draws: Sequence[Drawn], size: int) -> Drawn:
    """One draw for several batches of `size` images each, put one after another; each batch has its own draw of one row.
    The draws name the same operations."""
    if len(draws) == 1:
        return draws[0]
    return {name: torch.cat([drawn[name] for drawn in draws]).repeat_interleave(size, 0) for name in draws[0]}


def apply(x: Tensor, drawn: Drawn) -> Tensor:
    """x [B, C, H, H], normalised -> the same shape. Differentiable in x; the same `drawn` gives the same change."""
    for name, parameters in drawn.items():
        x = OPERATIONS[name].apply(x, parameters.to(x.device, x.dtype, non_blocking=True))
    return x

"""Multi-formation: stored images are cut into tiles, and each tile is enlarged to a training image (IDC, METHODS A4)."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor


def tile_side(side: int, factor: int) -> int:
    return math.ceil(side / factor)


def decode(images: Tensor, factor: int) -> Tensor:
    """images [M, C, H, H] -> [factor^2 * M, C, H, H], tile-major: all images' first tiles, then all second ones.

    Differentiable. When `factor` does not divide H, images are padded right and below with 0.5. Bilinear, align_corners off.
    """
    if factor == 1:
        return images
    side = images.shape[-1]
    tile = tile_side(side, factor)
    pad = tile * factor - side
    if pad:
        images = F.pad(images, (0, pad, 0, pad), value=0.5)
    cuts = range(0, tile * factor, tile)
    tiles = torch.cat([images[..., y : y + tile, x : x + tile] for y in cuts for x in cuts])
    return F.interpolate(tiles, size=(side, side), mode="bilinear", align_corners=False)


def decode_labels(labels: Tensor, factor: int) -> Tensor:
    """Labels of `decode`'s result: [M] -> [factor^2 * M]."""
    return labels.repeat(factor**2)


def encode(pictures: Tensor, factor: int) -> Tensor:
    """pictures [factor^2 * M, C, H, H] -> stored images [M, C, H, H]: picture k*M + i is shrunk (nearest pixel, as IDC's
    'mix' does) into tile k of image i; what hangs over the edge when `factor` does not divide H is cut off."""
    if factor == 1:
        return pictures
    side = pictures.shape[-1]
    tile = tile_side(side, factor)
    small = F.interpolate(pictures, size=(tile, tile), mode="nearest").unflatten(0, (factor, factor, -1))
    rows = [torch.cat(list(row), dim=-1) for row in small]
    return torch.cat(rows, dim=-2)[..., :side, :side]

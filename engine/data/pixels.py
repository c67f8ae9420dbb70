"""Labelled images as they come out of a source, and what is done with them before they are a `Dataset`."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import interpolate

from engine.data.ticker import Ticker
from engine.errors import BadData

Labels = NDArray[np.int64]
BLOCK = 2048  # images handled between two reports
FLAT = 1 / 255  # a channel that never changes gets this as its standard deviation: one grey level


@dataclass(frozen=True)
class Pixels:
    """Labelled images of one source.

    `images` uint8 [N, C, S, S]; `labels` int64 [N] in 0..K-1; the first `train` images are the training set, the others
    the test set; `train` 0 = the source has no test set, so one is drawn with `divide`.
    """

    images: Tensor
    labels: Tensor
    classes: tuple[str, ...]
    train: int


def divide(pixels: Pixels, seed: int) -> Pixels:
    """Draws a fifth of each class as the test set; same seed, same images on any machine.

    Raises BadData when a class is too small to be on both sides.
    """
    labels = pixels.labels.numpy()
    counts = np.bincount(labels, minlength=len(pixels.classes))
    if (counts < 2).any():
        name = pixels.classes[int(counts.argmin())]
        raise BadData(
            f"Class '{name}' has one image only, and without a test folder a fifth of each class is set aside for testing; "
            "give every class two images or more, or lay the images out as train/<class>/ and test/<class>/."
        )
    test = _drawn(labels, counts, seed)
    order = torch.from_numpy(np.concatenate([np.flatnonzero(~test), np.flatnonzero(test)]))
    return replace(pixels, images=pixels.images[order], labels=pixels.labels[order], train=int((~test).sum()))


def _drawn(labels: Labels, counts: Labels, seed: int) -> NDArray[np.bool_]:
    """bool [N]: True for the images of the test set."""
    # RandomState rather than default_rng: numpy promises that its stream never changes.
    rng = np.random.RandomState(seed)
    test = np.zeros(len(labels), dtype=np.bool_)
    members = np.split(np.argsort(labels, kind="stable"), np.cumsum(counts)[:-1])
    for mine, size in zip(members, held_out(counts), strict=True):
        test[rng.permutation(mine)[:size]] = True
    return test


def held_out(counts: Labels) -> Labels:
    """How many images of each class are set aside: a fifth of all, shared out by largest remainder, at least one each and
    never the whole class. int64 [K] -> int64 [K]."""
    sizes = counts // 5
    left = -(-int(counts.sum()) // 5) - int(sizes.sum())
    sizes[np.argsort(-(counts % 5), kind="stable")[:left]] += 1
    return np.clip(sizes, 1, np.maximum(counts - 1, 1))


def resized(images: Tensor, side: int, tick: Ticker) -> Tensor:
    """uint8 or float [N, C, H, W] with values 0..255 -> uint8 [N, C, side, side], bilinear and antialiased."""
    if images.dtype == torch.uint8 and images.shape[-2:] == (side, side):
        return images
    out = torch.empty(*images.shape[:2], side, side, dtype=torch.uint8)
    for start in range(0, len(images), BLOCK):
        tick("resizing images", start, len(images))
        block = images[start : start + BLOCK].float()
        small = interpolate(block, (side, side), mode="bilinear", align_corners=False, antialias=True)
        out[start : start + BLOCK] = small.round().clamp(0, 255).to(torch.uint8)
    return out


def statistics(images: Tensor, tick: Ticker) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and population standard deviation per channel of uint8 [N, C, H, W], on pixels in [0, 1]; exact, from counts."""
    counts = torch.zeros(images.shape[1], 256, dtype=torch.float64)
    for start in range(0, len(images), BLOCK):
        tick("measuring pixel statistics", start, len(images))
        for channel, pixels in enumerate(images[start : start + BLOCK].unbind(1)):
            counts[channel] += torch.bincount(pixels.flatten(), minlength=256)
    share = counts / counts.sum(1, keepdim=True)
    levels = torch.arange(256, dtype=torch.float64) / 255
    mean = share @ levels
    variance = share @ levels.square() - mean.square()
    std = variance.clamp(min=FLAT**2).sqrt()
    return tuple(mean.tolist()), tuple(std.tolist())


def fingerprint(pixels: Pixels, tick: Ticker) -> str:
    """Hex SHA-256 of the pixels, the labels, the class names and where the test set starts."""
    about = [list(pixels.images.shape), pixels.train, list(pixels.classes)]
    digest = hashlib.sha256(json.dumps(about).encode())
    digest.update(pixels.labels.contiguous().numpy().data)
    for start in range(0, len(pixels.images), BLOCK):
        tick("fingerprinting images", start, len(pixels.images))
        digest.update(pixels.images[start : start + BLOCK].contiguous().numpy().data)
    return digest.hexdigest()

"""Splits, statistics, sizes and fingerprints of pixels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.data.pixels import Pixels, divide, fingerprint, held_out, resized, statistics
from engine.data.ticker import Ticker
from engine.errors import BadData

TICK = Ticker()


def some(counts: list[int], seed: int = 3, side: int = 4) -> Pixels:
    """Images whose first pixel tells their position, classes of the given sizes in mixed order."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat(np.arange(len(counts)), counts))
    images = rng.integers(0, 256, (len(labels), 2, side, side), dtype=np.uint8)
    names = tuple(f"c{i}" for i in range(len(counts)))
    return Pixels(torch.from_numpy(images), torch.from_numpy(labels), names, train=0)


def pairs(pixels: Pixels) -> list[tuple[bytes, int]]:
    """Every image with its label, in an order of their own."""
    return sorted((i.numpy().tobytes(), int(y)) for i, y in zip(pixels.images, pixels.labels, strict=True))


def test_held_out_sizes_keep_their_promises() -> None:
    rng = np.random.default_rng(11)
    for _ in range(200):
        counts = rng.integers(2, 60, rng.integers(2, 12))
        sizes = held_out(counts)
        assert (sizes >= 1).all()
        assert (sizes < counts).all()
        assert (abs(sizes - counts / 5) <= 1).all()
        if (counts >= 5).all():
            assert sizes.sum() == -(-counts.sum() // 5)


def test_a_split_moves_every_image_once_with_its_label() -> None:
    before = some([20, 7, 2])
    after = divide(before, seed=5)
    assert pairs(before) == pairs(after)
    test = after.labels[after.train :]
    assert torch.bincount(test, minlength=3).tolist() == held_out(np.array([20, 7, 2])).tolist()


def test_the_seed_decides_the_split() -> None:
    pixels = some([30, 30])
    assert divide(pixels, 1).images.equal(divide(pixels, 1).images)
    assert not divide(pixels, 1).images.equal(divide(pixels, 2).images)


def test_a_class_of_one_image_cannot_be_split() -> None:
    with pytest.raises(BadData, match="Class 'c1' has one image only"):
        divide(some([5, 1]), 0)


def test_statistics_equal_numpys() -> None:
    images = some([3000, 1500]).images
    mean, std = statistics(images, TICK)
    plain = images.numpy().astype(np.float64) / 255
    np.testing.assert_allclose(mean, plain.mean((0, 2, 3)), rtol=1e-12)
    np.testing.assert_allclose(std, plain.std((0, 2, 3)), rtol=1e-10)


def test_a_flat_channel_can_still_be_divided_by() -> None:
    assert statistics(torch.full((4, 1, 8, 8), 77, dtype=torch.uint8), TICK)[1][0] > 0


def test_resizing_keeps_flat_images_and_the_right_size() -> None:
    flat = torch.arange(0, 250, 10, dtype=torch.uint8).view(-1, 1, 1, 1).expand(-1, 3, 12, 12).contiguous()
    for side in (5, 12, 17):
        small = resized(flat, side, TICK)
        assert small.shape == (25, 3, side, side)
        assert small.dtype == torch.uint8
        assert (small == flat[:, :, :1, :1]).all()


def test_a_fingerprint_sees_every_part() -> None:
    base = divide(some([10, 10]), 0)
    touched = base.images.clone()
    touched[-1, -1, -1, -1] += 1
    labels = base.labels.clone()
    labels[0] = 1 - labels[0]
    others = [
        replace(base, images=touched),
        replace(base, labels=labels),
        replace(base, classes=("c0", "other")),
        replace(base, train=base.train - 1),
        replace(base, images=base.images.reshape(20, 1, 8, 4)),
    ]
    prints = [fingerprint(p, TICK) for p in (base, *others)]
    assert len(set(prints)) == len(prints)
    assert fingerprint(replace(base, images=base.images.clone()), TICK) == prints[0]

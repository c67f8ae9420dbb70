"""Sizes that follow from the settings alone: what a run will have to hold and go over. Torch-free."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from engine.config import RunConfig
from engine.estimate.counts import forward_flop

# Forward, per 32x32 image: 2026-11-20, in docs/PERFORMANCE.md.
GFLOP_AT_32 = {"resnet10": 0.128, "resnet18": 0.278, "densenet121": 0.2507}
GIGAVALUES_AT_32 = {"resnet10": 0.0010, "resnet18": 0.0018, "densenet121": 0.0040}


class Sizes(NamedTuple):
    """Of a dataset whose sizes no table knows, as somebody has read it; what is assumed until then."""

    classes: int = 10
    train: int = 5_000


GUESS = Sizes()
_READ: ContextVar[Sizes] = ContextVar("sizes", default=GUESS)


@contextmanager
def read_as(sizes: Sizes) -> Iterator[None]:
    """What is estimated inside takes a dataset of unknown sizes to have these."""
    before = _READ.set(sizes)
    try:
        yield
    finally:
        _READ.reset(before)


def count_classes(config: RunConfig) -> int:
    return config.spec.classes or _READ.get().classes


def training_images(config: RunConfig) -> int:
    return config.spec.train or _READ.get().train


def feature_size(config: RunConfig) -> int:
    return config.width * (side(config) >> config.depth) ** 2 if config.network == "convnet" else 384


def side(config: RunConfig) -> int:
    return 32 if config.image_side == 28 else config.image_side  # padded by the first convolution


def outputs(config: RunConfig) -> int:
    """Values of all blocks' convolutions, one image."""
    return sum(config.width * (side(config) >> block) ** 2 for block in range(config.depth))


def patches(config: RunConfig) -> int:
    """Values of the first convolution's patches, one image."""
    return 9 * config.channels * side(config) ** 2


def image_gflop(config: RunConfig, network: str) -> float:
    """Forward pass of one image."""
    if network != "convnet":
        return GFLOP_AT_32[network] * (config.image_side / 32) ** 2
    return sum(forward_flop(config)) / 1e9


def image_gigavalues(config: RunConfig, network: str) -> float:
    """Values written per image: what memory-bound layers cost."""
    if network != "convnet":
        return GIGAVALUES_AT_32[network] * (config.image_side / 32) ** 2
    return 3.25e-9 * outputs(config)


def written_out(config: RunConfig, network: str) -> bool:
    """Whether engine/fast has this network's passes. Evaluation gives a ConvNet the run's norm."""
    return network == "convnet" and config.norm == "instance"

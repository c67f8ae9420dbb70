"""Random pixels in the shape of a dataset: the arithmetic does not mind what it works on."""

from __future__ import annotations

import torch

from engine.config import RunConfig
from engine.data.dataset import Dataset


def random_data(config: RunConfig) -> Dataset:
    """As many training images as the dataset has, equally many per class, uint8 [N, C, H, H]: noise, the same for everyone who
    asks. The test set is a stand-in."""
    classes, side = config.spec.classes, config.image_side
    labels = torch.arange(classes).repeat(config.spec.train // classes)
    draws = torch.Generator().manual_seed(0)
    shape = (len(labels), config.channels, side, side)
    images = torch.randint(0, 256, shape, generator=draws, dtype=torch.uint8)
    names, mean, std = tuple(map(str, range(classes))), (0.5,) * config.channels, (0.25,) * config.channels
    return Dataset(config.dataset, images, labels, images[:classes], labels[:classes], names, mean, std, "noise")

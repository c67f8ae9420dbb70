"""Tiny real-shaped data for tests of the engine: nothing is read or downloaded."""

from __future__ import annotations

from typing import Any

import torch

from engine.config import RunConfig, build
from engine.data.dataset import Dataset


def small_data(classes: int = 3, per_class: int = 12, side: int = 8, channels: int = 1, seed: int = 0) -> Dataset:
    """Classes that can be told apart: each has a bright band of its own on a noisy ground."""
    g = torch.Generator().manual_seed(seed)

    def split(count: int) -> tuple[torch.Tensor, torch.Tensor]:
        labels = torch.arange(classes).repeat(count)
        images = torch.randint(0, 120, (len(labels), channels, side, side), generator=g, dtype=torch.uint8)
        for image, label in zip(images, labels.tolist(), strict=True):
            image[:, label * side // classes : (label + 1) * side // classes] += 120
        return images, labels

    train, test = split(per_class), split(4)
    names = tuple(f"class {c}" for c in range(classes))
    return Dataset(
        "small", *train, *test, names, (0.3,) * channels, (0.2,) * channels, f"small-{seed}-{classes}-{side}"
    )


def small_config(**changes: Any) -> RunConfig:
    """A DREAM+ run of seconds on `small_data`."""
    plain = {
        "ipc": 1, "factor": 2, "width": 8, "depth": 2, "outer": 2, "inner": 4, "interval": 2, "clusters": 4, "batch_real": 6,
        "net_samples_per_step": 12, "metrics_every": 2, "snapshot_every": 3, "migration_every": 3, "evaluate_every": 4,
        "eval_epochs": 3, "eval_repeats": 2, "full_epochs": 2, "reference_epochs": 1, "image_lr": 1.0, "side": 8, "device": "cpu",
    }  # fmt: skip
    return build(plain | changes, check=False)

"""scikit-learn's bundled handwritten digits: 1,797 real ones of 8x8 pixels (UCI), always there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from engine.config import RunConfig
from engine.data import images
from engine.data.pixels import Pixels, divide, resized
from engine.data.ticker import Ticker, watched

DARKEST = 16  # the files hold whole numbers 0..16
SPLIT_SEED = 0  # one split for everyone, whatever the run's seed


def read(config: RunConfig, cache_dir: Path, tick: Ticker) -> Pixels:
    """The digits, or the images in `data_dir` when one is given. 1,437 are for training and 360 for testing."""
    if config.data_dir:
        return images.read(config, cache_dir, tick)
    bunch = watched(lambda _: _bundled(), lambda: tick("reading digits"))
    grey = torch.from_numpy(bunch.images).unsqueeze(1) * (255 / DARKEST)
    labels = torch.from_numpy(bunch.target).long()
    small = resized(grey, config.image_side, tick)
    return divide(Pixels(small, labels, tuple(str(name) for name in bunch.target_names), train=0), SPLIT_SEED)


def _bundled() -> Any:
    from sklearn.datasets import load_digits  # imported here: it takes more than a second

    return load_digits()

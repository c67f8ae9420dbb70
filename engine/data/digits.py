"""scikit-learn's bundled handwritten digits: 1,797 real ones of 8x8 pixels (UCI), always there."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

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
    pixels, labels = watched(lambda _: bundled(), lambda: tick("reading digits"))
    grey = torch.from_numpy(pixels).unsqueeze(1) * (255 / DARKEST)
    small = resized(grey, config.image_side, tick)
    return divide(Pixels(small, torch.from_numpy(labels), tuple(map(str, range(10))), train=0), SPLIT_SEED)


def bundled() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Images [1797, 8, 8] of whole numbers 0..16 and labels [1797]: what sklearn.datasets.load_digits gives, read from the same
    file, because importing that module takes a second or two in which a new run shows nothing."""
    file = _file()
    if not file.is_file():  # another version may keep it elsewhere
        from sklearn.datasets import load_digits

        found = load_digits()
        return found.images, found.target.astype(np.int64)
    rows = np.loadtxt(file, delimiter=",")
    return rows[:, :-1].reshape(-1, 8, 8), rows[:, -1].astype(np.int64)


def _file() -> Path:
    """Where scikit-learn keeps the digits; found without importing it."""
    package = importlib.util.find_spec("sklearn")
    folder = Path(package.origin).parent if package and package.origin else Path()
    return folder / "datasets" / "data" / "digits.csv.gz"

"""From a config to its dataset: the one function that the rest of the engine calls, and the table of readers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.config import RunConfig
from engine.data import digits, images, torchsets
from engine.data.dataset import Dataset
from engine.data.pixels import Pixels, divide, fingerprint, statistics
from engine.data.ticker import Ticker, silent
from engine.errors import BadConfig, pick
from engine.events import Report
from engine.validation import size_problems

Reader = Callable[[RunConfig, Path, Ticker], Pixels]

# A reader is given the config, the workspace's cache folder and who to tell about progress. Each also reads a folder or
# archive of images when `data_dir` leads to one.
READERS: dict[str, Reader] = {
    "digits": digits.read,
    "mnist": torchsets.read_mnist,
    "fashion-mnist": torchsets.read_fashion_mnist,
    "svhn": torchsets.read_svhn,
    "cifar10": torchsets.read_cifar10,
    "cifar100": torchsets.read_cifar100,
    "tinyimagenet": images.read,
    "folder": images.read,
}


def load(config: RunConfig, cache_dir: Path, report: Report = silent) -> Dataset:
    """The dataset of `config`, whole, uint8, on the CPU.

    `cache_dir` is the workspace's cache; downloads go to `data` beside it. `report` hears of progress several times a
    second and may raise to end the loading: what was begun on disk is then removed.
    Raises BadData for missing or unfit data, BadConfig when a class is too small for the settings, NoSpace when a
    download fills the disk.
    """
    tick = Ticker(report)
    reader = pick(READERS, "dataset", config.dataset)
    pixels = reader(config, cache_dir, tick)
    if not pixels.train:
        pixels = divide(pixels, config.seed)
    dataset = _assembled(config, pixels, tick)
    if problems := dict(size_problems(config, dataset.smallest_class)):
        raise BadConfig(problems)
    return dataset


def _assembled(config: RunConfig, pixels: Pixels, tick: Ticker) -> Dataset:
    cut = pixels.train
    mean, std = config.spec.mean, config.spec.std
    if len(mean) != pixels.images.shape[1]:  # none published, or for colour while the images are grey
        mean, std = statistics(pixels.images[:cut], tick)
    return Dataset(
        name=config.dataset,
        train_images=pixels.images[:cut],
        train_labels=pixels.labels[:cut],
        test_images=pixels.images[cut:],
        test_labels=pixels.labels[cut:],
        classes=pixels.classes,
        mean=mean,
        std=std,
        fingerprint=fingerprint(pixels, tick),
    )

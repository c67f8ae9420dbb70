"""The table of datasets: what each one is, where its pixels come from, and the settings that host idc's papers use on it.

Torch-free: the browser reads it too. Adding a dataset is one entry here and, if it is not a folder of images, one reader in
`engine/data/load.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

PixelStats = tuple[float, ...]

CIFAR_MEAN, CIFAR_STD = (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)  # IDC/DREAM use them for CIFAR-100 too


@dataclass(frozen=True)
class DatasetSpec:
    """One dataset before it is opened. Sizes of 0 mean "known only once the files are read".

    `mean` and `std` are per channel, on pixels in [0, 1]; empty = measured on the training set (METHODS A0.2).
    `settings` are the dataset's own defaults for RunConfig whatever the host, laid over the recipe's; `hosts` those that it
    has under one host, laid over the host's. What host idc's papers use on it is in the table `IDC`.
    """

    title: str
    summary: str
    channels: int
    side: int
    classes: int
    train: int
    test: int
    smallest_class: int
    mean: PixelStats = ()
    std: PixelStats = ()
    needs_path: bool = False
    settings: Mapping[str, object] = field(default_factory=dict)
    hosts: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


# The demo's numbers, not the papers': for two CPU cores.
_SMALL = {"outer": 20, "inner": 10, "net_epochs": 10, "eval_epochs": 200, "snapshot_every": 10, "migration_every": 5}

DATASETS: dict[str, DatasetSpec] = {
    "digits": DatasetSpec(
        "Digits",
        "1,797 real handwritten digits (UCI), bundled: no download. Shown at 16x16.",
        channels=1, side=16, classes=10, train=1437, test=360, smallest_class=139,
        settings={
            "net_samples_per_step": 500, "width": 32, "clusters": 32, "outer": 8, "inner": 20, "batch_real": 64,
            "image_lr": 0.02, "eval_augment": "color_crop_scale_rotate", "eval_epochs": 200, "full_epochs": 40,
            "snapshot_every": 10, "metrics_every": 10, "migration_every": 5, "reference_epochs": 4, "evaluate_every": 80,
        },
        hosts={"dc": _SMALL, "dsa": _SMALL, "dm": _SMALL | {"outer": 500, "inner": 1}},
    ),
    "mnist": DatasetSpec(
        "MNIST", "70,000 handwritten digits, 28x28 grey.",
        channels=1, side=28, classes=10, train=60_000, test=10_000, smallest_class=5_421, mean=(0.1307,), std=(0.3081,),
    ),
    "fashion-mnist": DatasetSpec(
        "Fashion-MNIST", "70,000 pictures of clothes, 28x28 grey.",
        channels=1, side=28, classes=10, train=60_000, test=10_000, smallest_class=6_000, mean=(0.2861,), std=(0.3530,),
    ),
    "svhn": DatasetSpec(
        "SVHN", "House numbers, 73,257 training and 26,032 test images (no 'extra'), 32x32 colour.",
        channels=3, side=32, classes=10, train=73_257, test=26_032, smallest_class=4_659,
        mean=(0.4377, 0.4438, 0.4728), std=(0.198, 0.201, 0.197),
    ),
    "cifar10": DatasetSpec(
        "CIFAR-10", "60,000 photographs in 10 classes, 32x32 colour.",
        channels=3, side=32, classes=10, train=50_000, test=10_000, smallest_class=5_000, mean=CIFAR_MEAN, std=CIFAR_STD,
    ),
    "cifar100": DatasetSpec(
        "CIFAR-100", "60,000 photographs in 100 classes, 32x32 colour.",
        channels=3, side=32, classes=100, train=50_000, test=10_000, smallest_class=500, mean=CIFAR_MEAN, std=CIFAR_STD,
    ),
    "tinyimagenet": DatasetSpec(
        "TinyImageNet", "110,000 photographs in 200 classes, 64x64 colour; give its folder or archive.",
        channels=3, side=64, classes=200, train=100_000, test=10_000, smallest_class=500,
        mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225), needs_path=True,
        settings={"depth": 4},
    ),
    "folder": DatasetSpec(
        "Own images", "A folder or archive laid out as train|test/<class>/<image> or <class>/<image>.",
        channels=0, side=0, classes=0, train=0, test=0, smallest_class=0, needs_path=True,
    ),
}  # fmt: skip


class Cell(NamedTuple):
    """Settings that hold for one dataset, at these factors and these numbers of images per class."""

    dataset: str
    factors: range
    ipcs: range
    settings: Mapping[str, object]


ANY = range(1, 1_000_000)
ONE = range(1, 2)  # not multi-formed, or one image per class
TILES = range(2, 1_000_000)  # factors that cut an image into tiles
FROM_50 = range(50, 1_000_000)

# fmt: off
IDC: tuple[Cell, ...] = (
    # dataset           factors ipcs     settings
    Cell("mnist",         ANY,   ANY,     {"metric": "l1", "image_lr": 1e-4, "net_samples_per_step": 500, "eval_augment": "color_crop_scale_rotate"}),
    Cell("mnist",         TILES, ANY,     {"augment": "color_crop", "net_cutmix": 0.0, "eval_cutmix": 0.0}),
    Cell("fashion-mnist", ANY,   ANY,     {"metric": "l1", "image_lr": 1e-4, "net_samples_per_step": 500}),
    Cell("svhn",          ANY,   ANY,     {"net_samples_per_step": 500, "eval_augment": "color_crop_scale_rotate"}),
    Cell("svhn",          ONE,   ONE,     {"eval_cutmix": 0.0, "eval_augment": "color_crop_cutout_scale_rotate"}),
    Cell("tinyimagenet",  ANY,   ANY,     {"net_samples_per_step": 1000, "batch_real": 64, "clusters": 64}),
    Cell("tinyimagenet",  ANY,   FROM_50, {"image_lr": 1e-6}),
)
# fmt: on
"""What IDC, DREAM and DREAM+ use where RunConfig's default (the CIFAR-10 column) does not hold, rates before the rule of
`RunConfig.effective_image_lr` (METHODS A4, A6 no. 4, A6.5). Of cells that hold together, a later one wins."""


def idc_settings(dataset: str, ipc: int, factor: int) -> dict[str, object]:
    """The cells of `IDC` that hold, one laid over another."""
    found: dict[str, object] = {}
    for cell in IDC:
        if cell.dataset == dataset and ipc in cell.ipcs and factor in cell.factors:
            found |= cell.settings
    return found

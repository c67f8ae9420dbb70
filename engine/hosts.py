"""The table of hosts: the frameworks that images are matched in (METHODS A1-A4). Torch-free.

A recipe is a host with its switches (engine/recipes.py). What a host fixes for good is a column here; its numbers are settings
like any other, `Host.settings`, which a person may change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from engine.data.catalog import idc_settings

Settings = Mapping[str, object]

DSA_FAMILIES = "color_crop_cutout_flip_scale_rotate"
MIRRORED_MEANS_SOMETHING = frozenset({"digits", "mnist", "svhn"})  # a mirrored 2 is no 2: no flip (METHODS A2)


class Host(NamedTuple):
    """`trained_on`: what the network is trained on after an inner loop: "real", "synthetic" or "" (never). `joint`: one image
    step for all classes together, not one per class. `classifier`: the last linear layer's gradient is matched too.
    `normalised`: S are normalised pixels without bounds, and `image_lr` is theirs, unscaled. `momentum`, `weight_decay`: of
    the network's optimiser. `feature_metric`: distance that it always takes when features alone are matched; "" = the setting
    `metric`'s. `settings`: (dataset, ipc, factor) -> the numbers of its own paper; factor None = nobody set one."""

    title: str
    summary: str
    trained_on: str
    joint: bool
    classifier: bool
    normalised: bool
    momentum: float
    weight_decay: float
    feature_metric: str
    settings: Callable[[str, int, int | None], Settings]


def families(dataset: str) -> str:
    """DSA's augmentation: one of six families per batch, five where a mirror image means something else."""
    return "one_" + (DSA_FAMILIES.replace("_flip", "") if dataset in MIRRORED_MEANS_SOMETHING else DSA_FAMILIES)


LOOPS = {1: (1, 1), 10: (10, 50), 20: (20, 25), 30: (30, 20), 40: (40, 15), 50: (50, 10)}
"""ipc -> (image steps per network, epochs on S between two of them): DC's schedule (METHODS A1)."""


TILED = 2  # the factor that host idc's methods have unless somebody sets another
LEAST = 128  # synthetic images in a step that are never too many (METHODS A4)
COSINE_WEIGHT = 1000.0
"""Of the feature term beside the gradient term where both are cosines: one cosine of two mean features stands beside one per row
of every weight tensor, hundreds, and would not be felt (docs/DECISIONS.md)."""


def _idc(dataset: str, ipc: int, factor: int | None) -> Settings:
    return idc_settings(dataset, ipc, TILED if factor is None else factor)


def _dc(_dataset: str, ipc: int, factor: int | None) -> Settings:
    inner, epochs = LOOPS[min(LOOPS, key=lambda known: abs(known - ipc))]
    return _plain(ipc, factor) | {"metric": "cosine", "image_lr": 0.1, "outer": 1000, "inner": inner, "net_epochs": epochs,
                              "migration_every": 20 * inner, "eval_epochs": 300}  # fmt: skip


def _dsa(dataset: str, ipc: int, factor: int | None) -> Settings:
    return dict(_dc(dataset, ipc, factor)) | _augmented(dataset)


def _dm(dataset: str, ipc: int, factor: int | None) -> Settings:
    rate = 10.0 if dataset == "cifar10" and ipc >= 100 else 1.0  # METHODS A3
    return (
        _plain(ipc, factor)
        | _augmented(dataset)
        | {"image_lr": rate, "outer": 20_000, "inner": 1, "snapshot_every": 1000}
    )


def _plain(ipc: int, factor: int | None) -> dict[str, object]:
    """What DC, DSA and DM share, whatever the dataset. All synthetic images of a class are matched (METHODS A1)."""
    return {"factor": 1, "metric": "mse", "augment": "", "net_augment": "", "net_cutmix": 0.0, "protocol": "E-DC",
            "eval_augment": "", "eval_cutmix": 0.0, "batch_syn_max": max(LEAST, ipc * (factor or 1) ** 2)}  # fmt: skip


def _coreset(dataset: str, ipc: int, _factor: int | None) -> Settings:
    """Judged like DREAM+ on that dataset, which cuts images into tiles, so that their scores can be compared."""
    return idc_settings(dataset, ipc, TILED) | {"outer": 0, "factor": 1, "pretrain_epochs": 0}


def _augmented(dataset: str) -> dict[str, object]:
    """DSA: the same families while matching, while networks train, and in evaluation."""
    return {"augment": families(dataset), "net_augment": families(dataset), "eval_augment": families(dataset),
            "eval_epochs": 1000}  # fmt: skip


# fmt: off
HOSTS: dict[str, Host] = {
    "idc":     Host("IDC", "Networks trained on real data; classes step one after another; several images in one. Kim et al., ICML 2022.", "real",      False, False, False, 0.9, 5e-4, "mse", _idc),
    "dc":      Host("DC",  "Networks trained on the synthetic images; gradients compared row by row. Zhao et al., ICLR 2021.",              "synthetic", True,  True,  True,  0.0, 0.0,  "",    _dc),
    "dsa":     Host("DSA", "DC with the same augmentation drawn for both batches. Zhao & Bilen, ICML 2021.",                                "synthetic", True,  True,  True,  0.0, 0.0,  "",    _dsa),
    "dm":      Host("DM",  "Mean features matched on networks that are never trained. Zhao & Bilen, WACV 2023.",                            "",          True,  False, True,  0.0, 0.0,  "",    _dm),
    "coreset": Host("Coreset", "No matching: real images are chosen and kept as they are.",                                                 "",          False, False, False, 0.9, 5e-4, "",    _coreset),
}
# fmt: on

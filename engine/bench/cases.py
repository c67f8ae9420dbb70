"""The table of cases that `python -m engine bench` knows. Torch-free. A case is a set of settings, as a preset is."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from engine.config import RunConfig, build
from engine.errors import BadRequest, unknown

CASES: dict[str, Mapping[str, object]] = {
    "digits-demo": {"dataset": "digits", "ipc": 1},
    "digits-wide": {"dataset": "digits", "ipc": 10, "width": 64, "clusters": 64},
    "cifar10-narrow": {"dataset": "cifar10", "ipc": 10, "width": 32},
    "cifar10-paper": {"dataset": "cifar10", "ipc": 10},
    "cifar10-bf16": {"dataset": "cifar10", "ipc": 10, "precision": "bf16"},
    "cifar100-paper": {"dataset": "cifar100", "ipc": 10},
    "tinyimagenet-paper": {"dataset": "tinyimagenet", "ipc": 10, "data_dir": "unused"},
    "trial": {  # nobody's workload: shows in seconds that everything works
        "dataset": "digits", "ipc": 1, "width": 8, "depth": 2, "side": 8, "clusters": 8, "interval": 2, "metrics_every": 4,
        "batch_real": 16, "net_samples_per_step": 32,
    },
}  # fmt: skip
USUAL = {
    "cpu": ("digits-demo", "digits-wide", "cifar10-narrow", "cifar10-paper"),
    "cuda": ("cifar10-paper", "cifar10-bf16", "cifar100-paper", "tinyimagenet-paper"),
}
"""Cases measured where none is named, by kind of device."""

# Neither changes what an inner loop does; both would cost minutes before the first one.
QUICK_START: Mapping[str, object] = {"pretrain_epochs": 0, "init": "noise"}


def of_case(name: str, device: str) -> RunConfig:
    """The settings that the case `name` is measured with. Raises BadRequest."""
    if name not in CASES:
        raise BadRequest(unknown("case", name, CASES))
    return build({**CASES[name], **QUICK_START, "device": device})


def of_preset(name: str, device: str) -> RunConfig:
    """The settings of a preset, as a case. Raises BadConfig."""
    found = build({"data_dir": "unused"}, preset=name, check=False)  # the pixels are noise: no files are needed
    needs = {"data_dir": "unused"} if found.spec.needs_path else {}
    whole = build(needs, preset=name)
    return dataclasses.replace(whole, **{**QUICK_START, "device": device})  # type: ignore[arg-type]

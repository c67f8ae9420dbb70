"""What a run will take, before it is launched: counted operations, at a rate measured on two CPU cores or, better, at the
speed of earlier runs in this workspace on the same kind of device. Torch-free."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

from engine.config import RunConfig
from engine.cores import cores, threads

SECONDS_PER_GFLOP, SECONDS_PER_GIGAVALUE = 0.0040, 1.81  # of one core: docs/PERFORMANCE.md
CLUSTER_ROUNDS = 25  # Lloyd iterations until k-means stands still, typically
TRAIN, MATCH_REAL, MATCH_SYN = 3, 3, 8  # cost of a step in forward passes; matching differentiates twice
GFLOP_AT_32 = {"resnet10": 0.128, "resnet18": 0.278, "densenet121": 0.2507}  # forward, per 32x32 image
GIGAVALUES_AT_32 = {"resnet10": 0.0010, "resnet18": 0.0018, "densenet121": 0.0040}
KEPT_REAL, KEPT_SYN = 5, 9  # tensors of a block's size alive at the peak of the passes, per image
PROCESS_MB = 650  # an idle worker with PyTorch loaded


class Estimate(NamedTuple):
    """Seconds of work and megabytes at the peak, and what they rest on. `seconds` is None where nothing was measured yet."""

    seconds: float | None
    memory_mb: float
    basis: str


class Past(NamedTuple):
    """An earlier run's measured speed."""

    config: RunConfig
    on_gpu: bool
    loops_per_second: float


def estimate(config: RunConfig, on_gpu: bool, past: Sequence[Past] = ()) -> Estimate:
    """Time and memory of `config`. On a GPU only earlier GPU runs can tell the time."""
    ratios = [
        (1 / run.loops_per_second) / loop_seconds(run.config)
        for run in past
        if run.on_gpu == on_gpu and run.loops_per_second > 0
    ]
    memory = memory_mb(config)
    if ratios:
        pace = statistics.median(ratios)
        runs = "run" if len(ratios) == 1 else f"{len(ratios)} runs"
        return Estimate(pace * total_seconds(config), memory, f"the speed of your last {runs} here")
    if on_gpu:
        return Estimate(None, memory, "no run on this GPU yet")
    return Estimate(total_seconds(config), memory, "counted operations, at the speed of two CPU cores")


def total_seconds(config: RunConfig) -> float:
    """The whole run on two CPU cores: warm-ups, inner loops, evaluations, baselines."""
    train = _training_images(config)
    loops = config.total_steps * loop_seconds(config)
    warm_up = (config.outer * config.pretrain_epochs + config.reference_epochs) * train * TRAIN
    evaluations = 1 + (math.ceil(config.total_steps / config.evaluate_every) if config.evaluate_every else 1)
    decoded, classes = config.ipc * config.factor**2, _classes(config)
    small = evaluations * config.eval_epochs * decoded * classes + config.eval_epochs * config.ipc * classes
    evaluation = config.eval_repeats * TRAIN * (small + config.full_epochs * train)
    per_network = [_image_seconds(config, name) for name in config.eval_networks]
    at_once = cores() if threads(config) == 1 else 1
    return loops + warm_up * _image_seconds(config, config.network) + evaluation * sum(per_network) / at_once


def loop_seconds(config: RunConfig) -> float:
    """One inner loop on two CPU cores, clustering and measurements included."""
    image = _image_seconds(config, config.network)
    classes, members = _classes(config), _training_images(config) / _classes(config)
    syn = min(config.ipc * config.factor**2, config.batch_syn_max)
    match = classes * (config.picks_per_class * MATCH_REAL + syn * MATCH_SYN)
    looks = 1 / config.metrics_every + (1 / config.interval if config.sampler == "representative" else 0)
    features = classes * members * min(1.0, looks)
    k_means = 4e-9 * classes * members * config.clusters * _features(config) * CLUSTER_ROUNDS * min(1.0, looks)
    return (match + TRAIN * config.net_samples_per_step + features) * image + k_means * SECONDS_PER_GFLOP


def memory_mb(config: RunConfig) -> float:
    """Peak: the whole set as bytes, the activations of one class step or evaluation batch, the features of one class."""
    pixels = config.channels * config.image_side**2
    spec = config.spec
    data = (spec.train + spec.test) * pixels
    syn = min(config.ipc * config.factor**2, config.batch_syn_max)
    live = max(config.picks_per_class + 3 * syn, 512)
    activations = 4e9 * _gigavalues(config, config.network) * live
    features = 12 * _features(config) * _training_images(config) / _classes(config)
    stored = 20 * _classes(config) * config.ipc * pixels
    return PROCESS_MB + (data + activations + features + stored) / 1e6


def class_bytes(config: RunConfig) -> float:
    """Memory of one class's image step: what the passes keep of its real and of its synthetic batch."""
    syn = min(config.ipc * config.factor**2, config.batch_syn_max)
    values = sum(1.25 * config.width * area for _, area in _blocks(config)) if config.network == "convnet" else 1e6
    return 4 * values * max(config.picks_per_class * KEPT_REAL, syn * KEPT_SYN)


def _classes(config: RunConfig) -> int:
    return config.spec.classes or 10  # a folder's number is known once it is read


def _training_images(config: RunConfig) -> int:
    return config.spec.train or 5_000


def _features(config: RunConfig) -> int:
    side = 32 if config.image_side == 28 else config.image_side
    return config.width * (side >> config.depth) ** 2 if config.network == "convnet" else 384


def _image_seconds(config: RunConfig, network: str) -> float:
    """Forward pass of one image."""
    one = _gflop(config, network) * SECONDS_PER_GFLOP + _gigavalues(config, network) * SECONDS_PER_GIGAVALUE
    return one / threads(config)


def _gflop(config: RunConfig, network: str) -> float:
    if network != "convnet":
        return GFLOP_AT_32[network] * (config.image_side / 32) ** 2
    return sum(18e-9 * inputs * config.width * area for inputs, area in _blocks(config))


def _gigavalues(config: RunConfig, network: str) -> float:
    """Values written per image: what memory-bound layers cost."""
    if network != "convnet":
        return GIGAVALUES_AT_32[network] * (config.image_side / 32) ** 2
    return sum(3.25e-9 * config.width * area for _, area in _blocks(config))


def _blocks(config: RunConfig) -> list[tuple[int, int]]:
    """(input channels, pixels) of each convolution of the ConvNet."""
    side = 32 if config.image_side == 28 else config.image_side
    return [(config.channels if block == 0 else config.width, (side >> block) ** 2) for block in range(config.depth)]

"""What a run will take, before it is launched: counted work at speeds measured on two CPU cores or, better, at the speed of
earlier runs in this workspace on the same kind of device. Torch-free."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

from engine.config import CORESETS, RunConfig
from engine.cores import cores
from engine.estimate.counts import forward_flop, images_per_class, network_images, second_order
from engine.estimate.memory import memory_mb
from engine.estimate.shape import (
    count_classes,
    feature_size,
    image_gflop,
    image_gigavalues,
    outputs,
    patches,
    training_images,
    written_out,
)
from engine.protocols import PROTOCOLS

SECOND_CORE = 0.85  # what each core after the first adds: two take image steps 1.94, network steps 1.65 times as fast

# Of networks whose passes are PyTorch's own, one core: 2026-11-20, in docs/PERFORMANCE.md.
PLAIN_PER_GFLOP, PLAIN_PER_GIGAVALUE = 0.0040, 1.81
PLAIN_TRAIN, PLAIN_REAL, PLAIN_SYN = 3, 3, 8  # cost of a step in forward passes; matching differentiates twice

STARTING = (
    3.0  # seconds until a process has loaded PyTorch and read a small dataset: the demo's 40.4 s were 37.1 without
)
PART = 32  # images that a thread takes at a time: engine/training.py
ROUNDS, LIBRARY_ROUNDS = 11, 26  # over all images: ten iterations and the picks; the library's until it stands still
BANDWIDTH_IMAGES = 1000  # engine/metrics/mmd.py
RECORDED = ("forgetting", "least-forgotten")
RECORDED_EPOCHS = 40  # what 30 epochs of training and as many looks at all images cost: engine/coresets/dynamics.py


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


class Work(NamedTuple):
    """Counted work of one part of an inner loop; also the price of each."""

    gflop: float = 0.0  # of convolutions
    gigavalues: float = 0.0  # of the blocks' outputs, once for each time that a pass goes over them
    calls: float = 0.0  # passes of a batch through one block, whatever their size: Python, which has one core at a time
    steps: float = 0.0  # of a network; also looks at a class
    distance_gflop: float = 0.0  # of k-means and of kernels
    gigapairs: float = 0.0  # of images in a kernel
    gigadifferences: float = 0.0  # between features, one by one: the kernel's bandwidth

    def plus(self, other: Work) -> Work:
        return Work(*(a + b for a, b in zip(self, other, strict=True)))


# Seconds, fitted by `python -m benchmarks.cost --fit` to benchmarks/results/cost-20261121-cpu.json: docs/PERFORMANCE.md.
PRICES = Work(0.00416, 1.29, 6.98e-5, 0.0015, 0.0083, 1.2, 0.169)


def estimate(config: RunConfig, on_gpu: bool, past: Sequence[Past] = ()) -> Estimate:
    """Time and memory of `config`. On a GPU only earlier GPU runs can tell the time."""
    ratios = _paces(on_gpu, past)
    memory = memory_mb(config, on_gpu)
    if ratios:
        pace = statistics.median(ratios)
        runs = "run" if len(ratios) == 1 else f"{len(ratios)} runs"
        return Estimate(pace * total_seconds(config), memory, f"the speed of your last {runs} here")
    if on_gpu:
        return Estimate(None, memory, "no run on this GPU yet")
    return Estimate(total_seconds(config), memory, "counted operations, at the speed of two CPU cores")


def evaluation(config: RunConfig, on_gpu: bool, past: Sequence[Past] = ()) -> float | None:
    """Seconds of training all evaluation networks of `config` once on the synthetic images. On a GPU only earlier GPU runs can
    tell; None without any."""
    ratios = _paces(on_gpu, past)
    if on_gpu and not ratios:
        return None
    images, batch = count_classes(config) * config.ipc * config.factor**2, PROTOCOLS[config.protocol].batch
    epoch = sum(_training_seconds(config, network, images, batch) for network in config.eval_networks)
    return (statistics.median(ratios) if ratios else 1.0) * config.eval_repeats * config.eval_epochs * epoch


def _paces(on_gpu: bool, past: Sequence[Past]) -> list[float]:
    """How many times as long as counted the inner loops of earlier runs took, on the same kind of device."""
    return [
        (1 / run.loops_per_second) / loop_seconds(run.config)
        for run in past
        if run.on_gpu == on_gpu and run.loops_per_second > 0
    ]


def total_seconds(config: RunConfig) -> float:
    """The whole run on the CPU: its process, warm-ups, inner loops, evaluations, baselines."""
    train, classes = training_images(config), count_classes(config)
    warm_ups = config.outer * config.pretrain_epochs
    if config.migration_every <= config.total_steps or config.init in CORESETS:
        warm_ups += config.reference_epochs
    if config.init in RECORDED or (config.keep < 1 and config.prune != "random"):
        warm_ups += RECORDED_EPOCHS
    warm_up = warm_ups * _training_seconds(config, config.network, train, config.batch_real)
    sets = (  # images and epochs of everything that networks are evaluated on: synthetic, random, full
        (_evaluations(config) * config.eval_epochs, classes * config.ipc * config.factor**2),
        (config.eval_epochs, classes * config.ipc),
        (config.full_epochs, train),
    )
    evaluation = sum(
        epochs * _training_seconds(config, network, images, PROTOCOLS[config.protocol].batch)
        for network in config.eval_networks
        for epochs, images in sets
    )
    loops = config.outer * config.inner  # of all classes: those of a class-incremental run's steps make up as many
    return STARTING + loops * loop_seconds(config) + warm_up + config.eval_repeats * evaluation


def _evaluations(config: RunConfig) -> float:
    """How often networks are trained on S; on a memory that grows, counted in wholes."""
    if config.increments > 1:
        return (config.increments + 1) / 2
    return 1 + (math.ceil(config.total_steps / config.evaluate_every) if config.evaluate_every else config.outer > 0)


def loop_seconds(config: RunConfig) -> float:
    """One inner loop on the CPU, picking and measurements spread over their intervals."""
    picks = math.ceil(config.inner / config.interval) / config.inner if config.sampler != "random" else 0.0
    measurements = 1 / config.metrics_every
    together = _together(config) if picks else 0.0
    parts = parts_seconds(config)
    looks = (picks + measurements - together) * parts["features"] + picks * parts["pick"]
    return parts["match"] + parts["network"] + looks + measurements * parts["metrics"]


def _together(config: RunConfig) -> float:
    """Share of the inner loops in which images are both picked and measured, so that their features serve twice. Picks are due at
    0, interval, 2 interval, ... of each outer iteration, measurements at multiples of `metrics_every` of the whole run."""
    common = math.gcd(
        config.inner, config.metrics_every
    )  # a place in the outer iteration meets every `metrics_every` / common-th time
    stride = common // math.gcd(config.interval, common)
    meeting = math.ceil(math.ceil(config.inner / config.interval) / stride)
    return meeting * common / config.metrics_every / config.inner


def parts_seconds(config: RunConfig) -> dict[str, float]:
    """Seconds of the parts of an inner loop whenever they are due; "features" of all images come before both "pick" and
    "metrics"."""
    if written_out(config, config.network):
        return {part: seconds(work) for part, work in parts_work(config).items()}
    real, syn = images_per_class(config)
    image, classes = _plain_seconds(config, config.network), count_classes(config)
    work = parts_work(config)
    return {
        "match": classes * (real * PLAIN_REAL + syn * PLAIN_SYN) * image,
        "network": network_images(config) * PLAIN_TRAIN * image,
        "features": training_images(config) * image,
        "pick": seconds(work["pick"]),
        "metrics": seconds(work["metrics"]) + classes * config.ipc * config.factor**2 * image,
    }


def seconds(work: Work) -> float:
    """Of counted work on this machine's cores."""
    return sum(amount * price for amount, price in zip(shared_out(work), PRICES, strict=True))


def shared_out(work: Work) -> Work:
    """What is left of the work when cores share it."""
    together = 1 + SECOND_CORE * (cores() - 1)
    return work._replace(gflop=work.gflop / together, gigavalues=work.gigavalues / together)


def parts_work(config: RunConfig) -> dict[str, Work]:
    """The parts of one inner loop as counted work. Of a network whose passes are PyTorch's own only "pick" and "metrics",
    without the network's share in them."""
    pick, metrics = _k_means_work(config, ROUNDS), _metrics_work(config)
    if not written_out(config, config.network):
        return {"pick": pick, "metrics": metrics}
    images, classes = training_images(config), count_classes(config)
    calls = Work(calls=classes * math.ceil(images / classes / PART) * config.depth)
    return {
        "match": _match_work(config),
        "network": _training_work(config, network_images(config), config.batch_real),
        "features": _passes(config, images).plus(calls),
        "pick": pick,
        "metrics": metrics.plus(_passes(config, classes * config.ipc * config.factor**2)),
    }


def _match_work(config: RunConfig) -> Work:
    """The image steps of all classes. A block's output is gone over once by a forward pass, twice on the way back, and eight
    times by the derivative of both: weights that were fitted, not counted."""
    layers = forward_flop(config)
    whole, first, classes = sum(layers), layers[0], count_classes(config)
    real, syn = images_per_class(config)
    train = 3 * whole - first
    if config.objective == "feature":  # the real batch goes forward only, the synthetic one forward and back
        flop, passes, calls = real * whole + syn * 2 * whole, real + 3 * syn, 3
    else:
        flop, passes, calls = real * train + syn * (train + second_order(whole, first)), 3 * real + 11 * syn, 10
    values = passes * outputs(config) + (real + syn) * patches(config)
    return Work(classes * flop / 1e9, classes * values / 1e9, classes * calls * config.depth)


def _training_work(config: RunConfig, images: float, batch: int) -> Work:
    """Network steps on so many images in batches."""
    layers = forward_flop(config)
    steps = math.ceil(images / batch)
    parts = steps * math.ceil(min(batch, images) / PART)
    values = images * (3 * outputs(config) + patches(config))
    return Work(images * (3 * sum(layers) - layers[0]) / 1e9, values / 1e9, 3 * parts * config.depth, steps)


def _passes(config: RunConfig, images: float) -> Work:
    """Forward passes."""
    return Work(images * sum(forward_flop(config)) / 1e9, images * (outputs(config) + patches(config)) / 1e9)


def _k_means_work(config: RunConfig, rounds: int) -> Work:
    classes = count_classes(config)
    flop = 2 * training_images(config) * config.clusters * feature_size(config) * rounds
    return Work(steps=classes, distance_gflop=flop / 1e9)


def _metrics_work(config: RunConfig) -> Work:
    """MMD of every class. Without representatives in use it picks some for itself."""
    classes, members = count_classes(config), training_images(config) / count_classes(config)
    real, _ = images_per_class(config)
    some = members / math.ceil(members / BANDWIDTH_IMAGES)
    others = members + 2 * real + config.ipc * config.factor**2
    found = Work(
        steps=classes,
        distance_gflop=classes * 2 * members * others * feature_size(config) / 1e9,
        gigapairs=classes * members * others / 1e9,
        gigadifferences=classes * some**2 / 2 * feature_size(config) / 1e9,
    )
    return found if config.sampler == "representative" else found.plus(_k_means_work(config, LIBRARY_ROUNDS))


def _training_seconds(config: RunConfig, network: str, images: int, batch: int) -> float:
    """An epoch of a network's training."""
    if written_out(config, network):
        return seconds(_training_work(config, images, batch))
    return images * PLAIN_TRAIN * _plain_seconds(config, network)


def _plain_seconds(config: RunConfig, network: str) -> float:
    """Forward pass of one image by PyTorch's own passes."""
    gflop, gigavalues = image_gflop(config, network), image_gigavalues(config, network)
    return (gflop * PLAIN_PER_GFLOP + gigavalues * PLAIN_PER_GIGAVALUE) / cores()

"""The cost model: what must hold whatever the constants are."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from engine import training
from engine.config import RunConfig, build
from engine.distill import real_batches
from engine.estimate import Past, estimate, memory, parts_work, seconds
from engine.estimate.counts import flop_per_loop
from engine.estimate.memory import class_bytes, memory_mb
from engine.estimate.seconds import loop_seconds, parts_seconds, total_seconds
from engine.estimate.shape import GFLOP_AT_32, image_gflop
from engine.metrics import mmd
from engine.nets import Architecture, build_network

ROOT = Path(__file__).parents[1]


def cifar10(**changes: object) -> RunConfig:
    return build({"dataset": "cifar10"} | changes)


CIFAR = cifar10()


@pytest.mark.parametrize("name", ["convnet", *GFLOP_AT_32])
def test_forward_operations_against_torchs_own_counter(name: str) -> None:
    network = build_network(Architecture(name, 3, 32, 10, norm="batch"), 0)
    with FlopCounterMode(display=False) as counter:
        network(torch.randn(1, 3, 32, 32))
    assert counter.get_total_flops() / 1e9 == pytest.approx(image_gflop(CIFAR, name), rel=0.02)


@pytest.mark.parametrize("objective", ["both", "gradient", "feature"])
def test_the_arithmetic_is_the_benchmarks(objective: str) -> None:
    config = cifar10(objective=objective)
    work = parts_work(config)
    assert 1e9 * (work["match"].gflop + work["network"].gflop) == pytest.approx(flop_per_loop(config))


def test_looking_for_an_estimate_loads_no_torch() -> None:
    script = "import sys, engine.estimate; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False, timeout=60).returncode == 0


@pytest.mark.parametrize("network", ["convnet", "resnet10"])
def test_classes_cost_alike(network: str) -> None:
    """CIFAR-100 has ten times the classes, a tenth of the images in each."""
    ten, hundred = (parts_seconds(build({"dataset": name, "network": network})) for name in ("cifar10", "cifar100"))
    assert hundred["match"] == pytest.approx(10 * ten["match"])
    assert hundred["network"] == pytest.approx(ten["network"])
    assert hundred["features"] == pytest.approx(ten["features"], rel=0.02)


@pytest.mark.parametrize("network", ["convnet", "resnet10"])
@pytest.mark.parametrize(
    "change",
    [
        {"ipc": 20},
        {"side": 64},
        {"clusters": 256},
        {"net_samples_per_step": 4000},
        {"interval": 1},
        {"metrics_every": 1},
    ],
    ids=str,
)
def test_more_costs_more(network: str, change: dict[str, object]) -> None:
    assert loop_seconds(cifar10(network=network, **change)) > loop_seconds(cifar10(network=network))


@pytest.mark.parametrize("norm", ["instance", "batch"])
def test_larger_networks_cost_more(norm: str) -> None:
    for change in ({"width": 256}, {"depth": 4}):
        larger, usual = parts_seconds(cifar10(norm=norm, **change)), parts_seconds(cifar10(norm=norm))
        assert all(larger[part] > usual[part] for part in ("match", "network", "features")), change


def test_what_is_left_out_costs_nothing() -> None:
    assert parts_seconds(cifar10(net_samples_per_step=0))["network"] == 0
    plain = loop_seconds(cifar10(sampler="random", metrics_every=1_000_000))
    matched = parts_seconds(cifar10(sampler="random"))
    assert plain == pytest.approx(matched["match"] + matched["network"], rel=1e-3)
    assert loop_seconds(cifar10(objective="feature")) < loop_seconds(CIFAR)


def test_images_are_looked_at_once_for_picks_and_measurements() -> None:
    """Measurements every 50 inner loops fall on picks, which come every 10; every 7 they mostly do not."""
    parts, quiet = parts_seconds(CIFAR), {"metrics_every": 1_000_000}
    shared = loop_seconds(cifar10(metrics_every=50)) - loop_seconds(cifar10(**quiet))
    assert shared == pytest.approx(parts["metrics"] / 50, rel=0.01)
    own = loop_seconds(cifar10(metrics_every=7)) - loop_seconds(cifar10(**quiet))
    assert own > parts["metrics"] / 7 + 0.8 * parts["features"] / 7


def test_a_whole_run() -> None:
    assert total_seconds(cifar10(outer=10)) < total_seconds(CIFAR)
    for less in (
        {"eval_epochs": 1},
        {"eval_repeats": 1},
        {"full_epochs": 0},
        {"pretrain_epochs": 0},
        {"evaluate_every": 0},
    ):
        assert total_seconds(cifar10(**less)) < total_seconds(CIFAR), less
    assert total_seconds(cifar10(eval_networks="convnet,resnet10")) > total_seconds(CIFAR)
    assert total_seconds(build({"dataset": "folder", "data_dir": "some"})) > 0, "its sizes are guessed"


@pytest.mark.parametrize("on_gpu", [False, True])
def test_memory_grows_with_what_is_kept(on_gpu: bool) -> None:
    small = memory_mb(build({"dataset": "digits"}), on_gpu)
    usual = memory_mb(CIFAR, on_gpu)
    assert 0 < small < usual
    assert usual > 50_000 * 32 * 32 * 3 / 1e6, "the whole set is held"
    assert memory_mb(cifar10(ipc=50), on_gpu) >= usual
    assert class_bytes(cifar10(width=256)) == 2 * class_bytes(CIFAR)
    assert estimate(CIFAR, on_gpu).memory_mb == usual


def test_memory_of_a_gpus_steps_is_bounded() -> None:
    many = build({"dataset": "tinyimagenet", "data_dir": "some", "ipc": 50})
    assert class_bytes(many) < 1e9 * memory_mb(many, on_gpu=True) / 1e3 < 200 * class_bytes(many)


def test_earlier_runs_on_the_same_kind_of_device_set_the_pace() -> None:
    cold = estimate(CIFAR, on_gpu=False)
    assert cold.seconds == pytest.approx(total_seconds(CIFAR))
    assert estimate(CIFAR, on_gpu=True).seconds is None, "nothing was measured there"
    past = [Past(CIFAR, True, 2 / loop_seconds(CIFAR))] * 2
    warm = estimate(CIFAR, on_gpu=True, past=past)
    assert warm.seconds == pytest.approx(total_seconds(CIFAR) / 2) and "last 2 runs" in warm.basis
    assert estimate(CIFAR, on_gpu=False, past=past).seconds == cold.seconds


def test_the_numbers_of_other_modules_are_theirs() -> None:
    """The estimate loads no torch, so it has its own copies."""
    assert seconds.PART == training.PART and seconds.BANDWIDTH_IMAGES == mmd.BANDWIDTH_IMAGES
    assert (memory.KERNEL_ROWS, memory.PLAIN_BATCH) == (mmd.ROWS, training.BATCH)
    assert memory.GPU_FEATURES == real_batches.FEATURE_BYTES


@pytest.mark.parametrize(
    ("inner", "interval", "every"),
    [(100, 10, 10), (1, 10, 10), (20, 10, 4), (7, 3, 5), (12, 5, 8), (10, 4, 6), (3, 1, 7), (6, 20, 9)],
)
def test_features_serve_twice_where_picks_and_measurements_meet(inner: int, interval: int, every: int) -> None:
    """Counted loop by loop, by the conditions of engine/distill/real_batches.py."""
    config = replace(CIFAR, inner=inner, interval=interval, metrics_every=every)
    loops = range(inner * every)
    met = sum(step % inner % interval == 0 and step % every == 0 for step in loops)
    assert seconds._together(config) == pytest.approx(met / len(loops))

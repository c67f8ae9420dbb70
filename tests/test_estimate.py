"""The cost model: what must hold whatever the constants are."""

from __future__ import annotations

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from engine.config import RunConfig, build
from engine.estimate import GFLOP_AT_32, Past, _gflop, estimate, loop_seconds, memory_mb, total_seconds
from engine.nets import Architecture, build_network


def cifar10(**changes: object) -> RunConfig:
    return build({"dataset": "cifar10"} | changes)


CIFAR = cifar10()


@pytest.mark.parametrize("name", ["convnet", *GFLOP_AT_32])
def test_forward_operations_against_torchs_own_counter(name: str) -> None:
    network = build_network(Architecture(name, 3, 32, 10, norm="batch"), 0)
    with FlopCounterMode(display=False) as counter:
        network(torch.randn(1, 3, 32, 32))
    assert counter.get_total_flops() / 1e9 == pytest.approx(_gflop(CIFAR, name), rel=0.02)


def test_cost_grows_with_what_costs() -> None:
    for change in ({"width": 256}, {"clusters": 256}, {"net_samples_per_step": 4000}, {"interval": 1}):
        assert loop_seconds(cifar10(**change)) > loop_seconds(CIFAR), change
    hundred = build({"dataset": "cifar100", "net_samples_per_step": 0})
    ten = build({"dataset": "cifar10", "net_samples_per_step": 0, "interval": 10_000, "metrics_every": 1_000_000})
    assert loop_seconds(hundred) > 5 * loop_seconds(ten)
    assert total_seconds(build({"dataset": "cifar10", "outer": 10})) < total_seconds(CIFAR)
    assert memory_mb(build({"dataset": "cifar10", "width": 256})) > memory_mb(CIFAR)


def test_earlier_runs_on_the_same_kind_of_device_set_the_pace() -> None:
    cold = estimate(CIFAR, on_gpu=False)
    assert cold.seconds == pytest.approx(total_seconds(CIFAR))
    assert estimate(CIFAR, on_gpu=True).seconds is None, "nothing was measured there"
    past = [Past(CIFAR, True, 2 / loop_seconds(CIFAR))] * 2
    warm = estimate(CIFAR, on_gpu=True, past=past)
    assert warm.seconds == pytest.approx(total_seconds(CIFAR) / 2) and "last 2 runs" in warm.basis
    assert estimate(CIFAR, on_gpu=False, past=past).seconds == cold.seconds

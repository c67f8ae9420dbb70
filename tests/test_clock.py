"""The clock of a run: how busy a CPU and a GPU are, and what is said where the GPU's driver says nothing."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from engine import clock as clocks
from engine.clock import LOOK_SECONDS, Clock
from engine.config import build
from engine.metrics.catalog import RATES

CPU, GPU = torch.device("cpu"), torch.device("cuda:0")


class Watch:
    """Both clocks of the operating system, moved by hand."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.wall, self.work = 100.0, 7.0
        hands = SimpleNamespace(perf_counter=lambda: self.wall, process_time=lambda: self.work)
        patch.setattr(clocks, "time", hands)

    def go(self, wall: float, work: float = 0.0) -> None:
        self.wall += wall
        self.work += work


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    return Watch(monkeypatch)


@pytest.mark.parametrize(
    ("cores", "work", "percent"), [(1, 1.0, 50.0), (2, 3.0, 75.0), (2, 0.0, 0.0), (2, 4.0, 100.0), (1, 4.0, 100.0)]
)
def test_a_cpu_is_as_busy_as_all_threads_together_on_its_cores(
    watch: Watch, monkeypatch: pytest.MonkeyPatch, cores: int, work: float, percent: float
) -> None:
    monkeypatch.setattr(clocks, "cores", lambda: cores)
    clock = Clock(CPU)
    for _ in range(2):  # each lap by itself
        watch.go(2.0, work)
        assert clock.lap(1)["utilisation"] == pytest.approx(percent)


def test_what_the_operating_system_says_of_this_very_process() -> None:
    clock = Clock(CPU)
    while time.process_time() - clock.worked < 0.05:
        math.sqrt(2.0)
    assert 0 < clock.lap(1)["utilisation"] <= 100


class Driver:
    """What `torch.cuda.utilization` would say: one of `figures` after another, the last one for ever."""

    def __init__(self, *figures: int) -> None:
        self.figures, self.asked = list(figures), list[torch.device]()

    def __call__(self, device: torch.device) -> int:
        self.asked.append(device)
        return self.figures[min(len(self.asked), len(self.figures)) - 1]


class Mark:
    """An event in a GPU's queue; `seconds` between two neighbours."""

    seconds = 0.5

    def __init__(self, enable_timing: bool) -> None:
        assert enable_timing

    def record(self, queue: object) -> None:
        assert queue == ("the queue of", GPU), "whichever device is current"

    def elapsed_time(self, _: Mark) -> float:
        return 1e3 * self.seconds


@pytest.fixture
def gpu(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], Clock]:
    """`gpu(utilisation)`: the clock of a GPU whose driver answers by that function."""
    monkeypatch.setattr(torch.cuda, "Event", Mark)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: ("the queue of", device))
    monkeypatch.setattr(torch.cuda, "synchronize", lambda _: None)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda _: 5e6)

    def clock(utilisation: Any) -> Clock:
        monkeypatch.setattr(torch.cuda, "utilization", utilisation)
        return Clock(GPU)

    return clock


def inner_loop(clock: Clock, watch: Watch, seconds: float) -> None:
    with clock.time("match"):
        watch.go(seconds)


def test_a_gpu_is_as_busy_as_its_driver_says_on_the_mean(gpu: Callable[[Any], Clock], watch: Watch) -> None:
    driver = Driver(90, 70, 20)
    clock = gpu(driver)
    for _ in range(3):
        inner_loop(clock, watch, LOOK_SECONDS)
    assert clock.lap(3)["utilisation"] == pytest.approx(80.0), (
        "two whole seconds had passed before the third loop began"
    )
    inner_loop(clock, watch, LOOK_SECONDS)
    assert clock.lap(1)["utilisation"] == pytest.approx(20.0)
    assert driver.asked == [GPU] * 3


def test_the_driver_is_asked_once_a_second_however_short_the_loops(gpu: Callable[[Any], Clock], watch: Watch) -> None:
    driver = Driver(60)
    clock = gpu(driver)
    for _ in range(400):
        inner_loop(clock, watch, LOOK_SECONDS / 100)
        values = clock.lap(1)
    assert 3 <= len(driver.asked) <= 4
    assert values["utilisation"] == 60.0, "a lap too short for a look has the figure of the one before"


@pytest.mark.parametrize("error", [ModuleNotFoundError("nvidia-ml-py"), RuntimeError("no driver"), Exception("NVML")])
def test_without_a_driver_that_answers_it_is_the_share_with_work_in_the_queue(
    gpu: Callable[[Any], Clock], watch: Watch, error: Exception
) -> None:
    asked: list[torch.device] = []

    def refuse(device: torch.device) -> int:
        asked.append(device)
        raise error

    clock = gpu(refuse)
    for _ in range(4):
        inner_loop(clock, watch, 2 * LOOK_SECONDS)
        assert clock.lap(1)["utilisation"] == pytest.approx(100 * Mark.seconds / (2 * LOOK_SECONDS))
    assert len(asked) == 1, "who does not answer is not asked again"


def test_before_the_first_look_the_queue_speaks(gpu: Callable[[Any], Clock], watch: Watch) -> None:
    clock = gpu(Driver(60))
    inner_loop(clock, watch, LOOK_SECONDS)
    assert clock.lap(1)["utilisation"] == pytest.approx(50.0)


def test_work_that_overlaps_is_no_more_than_all_of_the_time(gpu: Callable[[Any], Clock], watch: Watch) -> None:
    clock = gpu(Driver(60))
    for _ in range(3):
        inner_loop(clock, watch, 0.1)
    assert clock.lap(3)["utilisation"] == 100.0


def test_rates_follow_from_the_settings() -> None:
    digits = build(
        {"dataset": "digits", "ipc": 1, "factor": 2, "clusters": 32, "net_samples_per_step": 500, "batch_real": 64}
    )
    assert RATES["images"].per_loop(digits, 10) == 10 * (32 + 4) + 512
    cifar = RATES["arithmetic"].per_loop(build({"dataset": "cifar10"}), 10)
    assert cifar is not None and 0.8 < cifar < 1.6, "TFLOP of one inner loop, docs/PERFORMANCE.md"


def test_rates_are_unknown_where_the_settings_do_not_tell() -> None:
    resnet = build({"dataset": "digits", "network": "resnet18"})
    assert RATES["arithmetic"].per_loop(resnet, 10) is None and RATES["images"].per_loop(resnet, 10)
    folder = build({"dataset": "folder", "data_dir": "/somewhere"})
    for classes in (0, 7):
        assert RATES["arithmetic"].per_loop(folder, classes) is None
    assert RATES["images"].per_loop(folder, 0) is None and RATES["images"].per_loop(folder, 7)

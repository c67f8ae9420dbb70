"""Networks trained as one batch, against each alone; and threads that share a step."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from engine import crew
from engine.crew import Crew
from engine.evaluate import Classroom, Protocol, _jobs, train_from_scratch
from engine.fast import Layers
from engine.fast.recorded import Recorded
from engine.nets import Architecture, Network, build_network
from engine.streams import generator
from engine.together import Stack, can_be_stacked, train_together
from engine.training import Regularisation
from tests.fast.test_passes import as_on_a_gpu
from tests.small import small_data

ARCH = Architecture("convnet", 1, 8, 3, 2, 8)
HOW = Protocol(4, "color_crop_flip_scale_rotate", 0.5, batch=10)


@pytest.fixture
def double() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def networks() -> list[Network]:
    return [build_network(ARCH, seed) for seed in range(3)]


@pytest.mark.usefixtures("double")
def test_networks_trained_as_one_batch_become_what_each_would_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    data, alone, together = small_data(), networks(), networks()
    start = [[p.detach().clone() for p in network.parameters()] for network in alone]
    for number, network in enumerate(alone):
        list(train_from_scratch(network, data.train_images, data.train_labels, data, HOW, generator(number)))
    plain = Layers.of
    monkeypatch.setattr(Layers, "of", lambda *given: as_on_a_gpu(plain(*given)))
    stack = Stack(together, HOW.lr, data.side)
    sets = [(data.normalise(data.train_images), data.train_labels)] * 3
    draws, how = [generator(number) for number in range(3)], Regularisation(HOW.augment, HOW.cutmix)
    steps = list(train_together(stack, sets, draws, how, [HOW.lr_at(e) for e in range(HOW.epochs)], HOW.batch))
    assert steps == list(range(3, 3 * 4 * HOW.epochs + 1, 3))
    for one, other, begun in zip(alone, together, start, strict=True):
        for a, b, s in zip(one.parameters(), other.parameters(), begun, strict=True):
            torch.testing.assert_close(a - s, b - s, rtol=1e-8, atol=1e-11)


def test_what_can_be_stacked() -> None:
    assert can_be_stacked(networks())
    assert not can_be_stacked([*networks(), build_network(ARCH._replace(width=9), 0)])
    assert not can_be_stacked([build_network(ARCH._replace(norm="batch"), 0)])


def test_on_a_cpu_every_network_is_a_job_of_its_own() -> None:
    data = small_data()
    rooms = [Classroom(n, data.train_images, data.train_labels, generator(0)) for n in networks()]
    assert len(_jobs(rooms, data, HOW)) == 3


def test_a_crew_gives_results_in_order_and_raises_what_a_part_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "cores", lambda: 4)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    meeting = threading.Barrier(2)  # two parts that wait for each other can only end side by side

    def work(number: int) -> int:
        if number < 2:
            meeting.wait(10)
        return number * number

    assert Crew().each(work, range(6)) == [0, 1, 4, 9, 16, 25]
    with pytest.raises(ZeroDivisionError):
        Crew().each(lambda number: 1 // number, [1, 0])


def test_a_crew_of_many_threads_within_pytorch_works_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    here = threading.get_ident()
    assert Crew().each(lambda _: threading.get_ident(), [1, 2]) == [here, here]


def test_nothing_is_recorded_on_a_cpu() -> None:
    calls: list[float] = []

    def compute(x: Tensor) -> list[Tensor]:
        calls.append(float(x))
        return [x + 1]

    recorded = Recorded(compute)
    for value in (1.0, 2.0, 3.0):
        assert float(recorded(torch.tensor(value))[0]) == value + 1
    assert calls == [1, 2, 3]

"""Networks trained as one batch, against each alone; and threads that share a step."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from engine import crew
from engine.crew import Crew
from engine.evaluate import Classroom, train, train_from_scratch, trainings
from engine.evaluate.together import Stack, can_be_stacked, train_together
from engine.fast import Layers
from engine.fast.recorded import Recorded
from engine.nets import Architecture, Network, build_network
from engine.protocols import Protocol
from engine.streams import generator
from engine.training import accuracy
from tests.fast.test_passes import as_on_a_gpu
from tests.small import small_data

ARCH = Architecture("convnet", 1, 8, 3, 2, 8)
CPU = torch.device("cpu")
HOW = Protocol(4, "color_crop_flip_scale_rotate", 0.5, batch=10)
ANEW = Protocol(3, "", 0.0, batch=10, lr_factor=0.1, lr_drops=(0.5,), late=1, extra=1, anew=True)


@pytest.fixture
def double() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def networks() -> list[Network]:
    return [build_network(ARCH, seed) for seed in range(3)]


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize("how", [HOW, ANEW], ids=["rates drop", "and the optimiser is new"])
def test_networks_trained_as_one_batch_become_what_each_would_alone(
    how: Protocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, alone, together = small_data(), networks(), networks()
    start = [[p.detach().clone() for p in network.parameters()] for network in alone]
    for number, network in enumerate(alone):
        list(train_from_scratch(network, data.train_images, data.train_labels, data, how, generator(number)))
    plain = Layers.of
    monkeypatch.setattr(Layers, "of", lambda *given: as_on_a_gpu(plain(*given)))
    stack = Stack(together, how.lr, data.side)
    sets = [(data.normalise(data.train_images), data.train_labels)] * 3
    steps = list(train_together(stack, sets, [generator(number) for number in range(3)], how))
    assert steps == list(range(3, 3 * 4 * how.passes + 1, 3))
    for one, other, begun in zip(alone, together, start, strict=True):
        for a, b, s in zip(one.parameters(), other.parameters(), begun, strict=True):
            torch.testing.assert_close(a - s, b - s, rtol=1e-8, atol=1e-11)


def test_stacked_networks_are_tested_as_they_are_at_that_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test sees the weights of its own pass, and each network its own."""
    data = small_data()
    plain = Layers.of
    monkeypatch.setattr(Layers, "of", lambda *given: as_on_a_gpu(plain(*given)))
    seen: list[list[torch.Tensor]] = []

    def spy(network: Network, *given: object) -> float:
        seen.append([p.detach().clone() for p in network.parameters()])
        return accuracy(network, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(train, "accuracy", spy)
    rooms = [Classroom(n, data.train_images, data.train_labels, generator(i), []) for i, n in enumerate(networks())]
    assert len(list(train._together(rooms, data, HOW))) == 4 * HOW.passes and [len(room.marks) for room in rooms] == [
        4,
        4,
        4,
    ]
    for number, room in enumerate(rooms):
        for after in range(1, HOW.passes + 1):
            network = build_network(ARCH, number)
            steps = train_from_scratch(network, room.images, room.labels, data, HOW, generator(number))
            for _ in range(4 * after):
                next(steps)
            for a, b in zip(seen[3 * (after - 1) + number], network.parameters(), strict=True):
                torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-4)


def test_what_can_be_stacked() -> None:
    assert can_be_stacked(networks())
    assert not can_be_stacked([*networks(), build_network(ARCH._replace(width=9), 0)])
    assert not can_be_stacked([build_network(ARCH._replace(norm="batch"), 0)])


def test_on_a_cpu_every_network_is_a_job_of_its_own() -> None:
    data = small_data()
    rooms = [Classroom(n, data.train_images, data.train_labels, generator(0), []) for n in networks()]
    assert len(trainings(rooms, data, HOW)) == 3


def test_a_crew_gives_results_in_order_and_raises_what_a_part_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "cores", lambda: 4)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    meeting = threading.Barrier(2)  # two parts that wait for each other can only end side by side

    def work(number: int) -> int:
        if number < 2:
            meeting.wait(10)
        return number * number

    assert Crew(CPU).each(work, range(6)) == [0, 1, 4, 9, 16, 25]
    with pytest.raises(ZeroDivisionError):
        Crew(CPU).each(lambda number: 1 // number, [1, 0])


@pytest.mark.parametrize(("device", "threads"), [("cpu", 2), ("cuda", 1)])
def test_no_crew_where_pytorch_has_threads_or_a_gpu_has_one_queue(
    device: str, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two threads would write into the inputs of one recording (Recorded)."""
    monkeypatch.setattr(crew, "cores", lambda: 4)
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    here = threading.get_ident()
    assert Crew(torch.device(device)).each(lambda _: threading.get_ident(), [1, 2]) == [here, here]


def test_nothing_is_recorded_on_a_cpu() -> None:
    calls: list[float] = []

    def compute(x: Tensor) -> list[Tensor]:
        calls.append(float(x))
        return [x + 1]

    recorded = Recorded(compute)
    for value in (1.0, 2.0, 3.0):
        assert float(recorded(torch.tensor(value))[0]) == value + 1
    assert calls == [1, 2, 3]

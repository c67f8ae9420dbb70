"""Scores: several networks per architecture trained from scratch on a small set, tested on the real test set (METHODS A0.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from engine.config import RunConfig
from engine.data.dataset import Dataset
from engine.decode import decode, decode_labels
from engine.devices import networks_at_once
from engine.evaluate.train import Classroom, trainings
from engine.events import Evaluated, Progress, Score
from engine.nets import Architecture, build_network
from engine.protocols import Protocol, protocol
from engine.side_by_side import side_by_side
from engine.streams import derive_seed, generator

TITLES = {"initial": "the starting images", "distilled": "the synthetic images"}

TrainingSet = Callable[[int], tuple[Tensor, Tensor]]
"""Number of the repeat -> images (uint8 or [0, 1]) and labels that this repeat's network is trained on."""

Marks = MutableMapping[tuple[str, int], tuple[float, ...]]
"""Architecture and number of the repeat -> accuracies of that network in percent, one per test, the score last."""


class Exam(NamedTuple):
    """What is to be measured: `title` in a person's words, on what networks are trained, which, how, and how many of each."""

    title: str
    training_set: TrainingSet
    architectures: Sequence[Architecture]
    how: Protocol
    repeats: int
    seed: int


def architecture(config: RunConfig, data: Dataset, name: str, norm: str) -> Architecture:
    return Architecture(name, data.channels, data.side, data.num_classes, config.depth, config.width, norm)


def evaluation_architectures(config: RunConfig, data: Dataset) -> list[Architecture]:
    """The ConvNet keeps the run's norm; ResNets and DenseNet are evaluated with batch norm, as in the paper."""
    return [architecture(config, data, n, config.norm if n == "convnet" else "batch") for n in config.eval_networks]


def evaluate(exam: Exam, data: Dataset, marks: Marks | None = None) -> Iterator[Progress | tuple[Score, ...]]:
    """Trains and tests the networks; yields progress and, last, one score per architecture.

    marks: of networks that are known already, which are not trained again; each other network's are added once it is done. A
    network's accuracies depend on its own seed only: on a CPU they are the same bits whatever is known of the others.
    """
    marks, how = {} if marks is None else marks, exam.how
    wanted = [(arch, repeat) for arch in exam.architectures for repeat in range(exam.repeats)]
    rooms = {
        (arch.name, repeat): _classroom(exam, data, arch, repeat)
        for arch, repeat in wanted
        if (arch.name, repeat) not in marks
    }
    left = sum(how.passes * room.steps(how) for room in rooms.values())
    known = left * (len(wanted) - len(rooms)) // max(1, len(rooms))  # so that a bar goes on where it was
    try:
        for steps in side_by_side(trainings(list(rooms.values()), data, how), networks_at_once(data.device)):
            _collect(rooms, how, marks)
            yield Progress(f"accuracy of {exam.title}", known + steps, known + left)
    finally:  # what was done when somebody stopped it, or it broke
        _collect(rooms, how, marks)
    yield tuple(_score(arch, [marks[arch.name, n] for n in range(exam.repeats)], how) for arch in exam.architectures)


def evaluate_synthetic(
    config: RunConfig, data: Dataset, images: Tensor, step: int, what: str, marks: Marks | None = None
) -> Iterator[Progress | Evaluated]:
    """Accuracy of the stored set `images` [K*ipc, C, H, H]. what: "initial" or "distilled". marks: as of `evaluate`."""
    pair = training_pair(config, data, images)
    architectures, how = evaluation_architectures(config, data), protocol(config, config.eval_epochs)
    exam = Exam(TITLES[what], lambda _repeat: pair, architectures, how, config.eval_repeats, config.seed)
    for item in evaluate(exam, data, marks):
        yield item if isinstance(item, Progress) else Evaluated(step, what, item)


def training_pair(config: RunConfig, data: Dataset, images: Tensor) -> tuple[Tensor, Tensor]:
    """The stored set [K*ipc, C, H, H] as networks are trained on it: decoded, [n, C, H, H], with labels [n]. In [0, 1], but for
    hosts that learn normalised pixels, which have no bounds."""
    stored = images if config.framework.normalised else images.clamp(0, 1)
    labels = torch.arange(data.num_classes, device=images.device).repeat_interleave(config.ipc)
    return decode(stored, config.factor), decode_labels(labels, config.factor)


def _classroom(exam: Exam, data: Dataset, arch: Architecture, repeat: int) -> Classroom:
    network = build_network(arch, derive_seed(exam.seed, "evaluation network", arch.name, repeat)).to(data.device)
    draws = generator(exam.seed, "evaluation draws", arch.name, repeat)
    return Classroom(network, *exam.training_set(repeat), draws, [])


def _collect(rooms: Mapping[tuple[str, int], Classroom], how: Protocol, marks: Marks) -> None:
    """Adds the marks of networks that have passed all tests."""
    for key, room in rooms.items():
        if len(room.marks) == len(how.tested_after()) and key not in marks:
            marks[key] = tuple(room.marks)


def _score(arch: Architecture, tests: Sequence[tuple[float, ...]], how: Protocol) -> Score:
    return Score(arch.name, tuple(one[-1] for one in tests), how.to_dict(), tuple(map(max, tests)))

"""The trainings of an evaluation: networks from scratch, each with its own draws, tested where the protocol says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from engine.data.dataset import Dataset
from engine.evaluate.together import Stack, begin_pass, can_be_stacked, train_together
from engine.nets import Network
from engine.protocols import Protocol
from engine.training import Regularisation, Student, accuracy


def train_from_scratch(
    network: Network, images: Tensor, labels: Tensor, data: Dataset, how: Protocol, draws: Generator
) -> Iterator[int]:
    """Trains `network` on images (uint8 or [0, 1], [N, C, H, H]) and labels [N]; yields the number of steps done."""
    student = Student(network, how.lr, images.shape[-1])
    regularisation = Regularisation(how.augment, how.cutmix)
    x, steps = data.normalise(images), 0
    for number in range(how.passes):
        begin_pass(student.optimiser, how, number)
        for batch in torch.randperm(len(x), generator=draws).to(x.device).split(how.batch):
            student.step(x[batch], labels[batch], regularisation, draws)
            steps += 1
            yield steps


class Classroom(NamedTuple):
    """One network to be trained: on images (uint8 or [0, 1]) [N, C, H, H] and labels [N], with its own draws. `marks`: test
    accuracies in percent, as they come."""

    network: Network
    images: Tensor
    labels: Tensor
    draws: Generator
    marks: list[float]

    def steps(self, how: Protocol) -> int:
        """Optimiser steps of one pass."""
        return -(-len(self.labels) // how.batch)

    def test(self, data: Dataset) -> None:
        """Adds one accuracy. Changes nothing that the training depends on."""
        self.marks.append(accuracy(self.network, data.test_images, data.test_labels, data.normalise))


def trainings(classrooms: Sequence[Classroom], data: Dataset, how: Protocol) -> list[Iterator[int]]:
    """The trainings, each a count of its steps. On a GPU networks that are alike are one job, on a CPU each is its own."""
    if data.device.type == "cpu":
        return [_alone(room, data, how) for room in classrooms]
    jobs: list[Iterator[int]] = []
    for _, group in groupby(classrooms, key=_kind):
        rooms = list(group)
        alike = len(rooms) > 1 and can_be_stacked([room.network for room in rooms])
        jobs += [_together(rooms, data, how)] if alike else [_alone(room, data, how) for room in rooms]
    return jobs


def _alone(room: Classroom, data: Dataset, how: Protocol) -> Iterator[int]:
    training = train_from_scratch(room.network, room.images, room.labels, data, how, room.draws)
    return _tested(training, room.steps(how), how, partial(room.test, data))


def _together(rooms: Sequence[Classroom], data: Dataset, how: Protocol) -> Iterator[int]:
    stack = Stack([room.network for room in rooms], how.lr, data.side)
    known = {id(room.images): room.images for room in rooms}  # networks of one set read one copy of it
    normalised = {key: data.normalise(images) for key, images in known.items()}
    sets = [(normalised[id(room.images)], room.labels) for room in rooms]

    def test() -> None:
        stack.unstack()
        for room in rooms:
            room.test(data)

    training = train_together(stack, sets, [room.draws for room in rooms], how)
    return _tested(training, len(rooms) * rooms[0].steps(how), how, test)


def _tested(training: Iterator[int], steps: int, how: Protocol, test: Callable[[], None]) -> Iterator[int]:
    """The training, with a test after each pass, of so many steps, that the protocol names."""
    due = {number * steps for number in how.tested_after()}
    for done in training:
        if done in due:
            test()
        yield done


def _kind(room: Classroom) -> tuple[object, ...]:
    """What networks must share to be trained as one."""
    return type(room.network), tuple(p.shape for p in room.network.parameters()), len(room.labels)

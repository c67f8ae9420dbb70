"""Class-incremental runs: the classes arrive in steps, each step's are distilled by themselves, and their images join a memory
that networks are trained on from scratch (DREAM+, Figure 11; METHODS E19)."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from engine.config import RunConfig
from engine.data.dataset import Dataset
from engine.distill import distill
from engine.distill.ready import make_ready
from engine.evaluate import Exam, evaluate, evaluation_architectures, training_pair
from engine.events import SEEN, Checkpoint, Done, Evaluated, Event, Metrics, Picked, Progress, Snapshot, State
from engine.protocols import protocol
from engine.streams import generator

UNSEEN = 0.5  # pixels of classes that have not arrived: grey
MEMORY = "memory"


def continual(config: RunConfig, data: Dataset, cache: Path, resume: State | None = None) -> Iterator[Event]:
    """Distils the classes step by step and yields what happens, on one axis of inner loops for all steps together.

    "accuracy.seen" is measured at the end of each step, over the test images of the classes seen. A snapshot shows all
    classes in label order, those that have not arrived in grey.
    """
    groups = class_groups(data.num_classes, config.increments, config.seed)
    one = replace(config, increments=1)
    length = config.total_steps // config.increments
    shape = (data.num_classes, config.ipc, data.channels, data.side, data.side)
    memory = torch.full(shape, UNSEEN, device=data.device)
    first = 0
    if resume is not None:
        memory.copy_(resume[MEMORY])
        first = (
            int(resume["step"]) - 1
        ) // length  # a state is one of the end of its step, never of the start of the next
    for number in range(first, config.increments):
        part, offset = only(data, groups[number]), number * length
        own = None if resume is None or number > first else _own(resume, offset)
        ready = yield from make_ready(one, part, cache)
        for event in distill(one, part, data.device, own, ready._replace(reference=None, scored=False)):
            if isinstance(event, Snapshot):
                memory[groups[number]] = event.images.unflatten(0, (-1, config.ipc))
            if not isinstance(event, (Done, Picked)):  # picks are positions in this step's part of the data
                yield _moved(event, offset, memory)
        yield from _scored(config, data, memory, torch.cat(groups[: number + 1]), offset + length)
    yield Done(config.total_steps)


def class_groups(classes: int, increments: int, seed: int) -> list[Tensor]:
    """Which labels arrive together, step by step: a random order cut into equal parts, each sorted."""
    order = torch.randperm(classes, generator=generator(seed, "class order"))
    return [group.sort().values for group in order.tensor_split(increments)]


def only(data: Dataset, labels: Tensor) -> Dataset:
    """The images of some classes, labelled 0, 1, ... in the order of `labels` (int64, ascending)."""
    new = torch.full((data.num_classes,), -1)
    new[labels] = torch.arange(len(labels))
    new = new.to(data.device)
    train, test = (new[y] >= 0 for y in (data.train_labels, data.test_labels))
    name = hashlib.sha256(f"{data.fingerprint} {labels.tolist()}".encode()).hexdigest()
    return replace(
        data,
        train_images=data.train_images[train],
        train_labels=new[data.train_labels[train]],
        test_images=data.test_images[test],
        test_labels=new[data.test_labels[test]],
        classes=tuple(data.classes[label] for label in labels.tolist()),
        fingerprint=name,
    )


def _moved(event: Event, offset: int, memory: Tensor) -> Event:
    """The event on the axis of the whole run."""
    match event:
        case Snapshot(step):
            return Snapshot(offset + step, memory.flatten(0, 1))
        case Metrics(step, values):
            return Metrics(offset + step, values)
        case Checkpoint(step, state):
            return Checkpoint(offset + step, lambda: _whole(state(), offset, memory))
    return event


def _whole(state: Mapping[str, Tensor], offset: int, memory: Tensor) -> State:
    step = state["step"] + offset
    return dict(state) | {"step": step, MEMORY: memory.detach().to("cpu", copy=True).contiguous()}


def _own(state: State, offset: int) -> State:
    """The state of one step's own distillation."""
    return {name: value for name, value in state.items() if name != MEMORY} | {"step": state["step"] - offset}


def _scored(config: RunConfig, data: Dataset, memory: Tensor, seen: Tensor, step: int) -> Generator[Event, None, None]:
    """The accuracy on the classes seen, of networks trained on the memory alone."""
    labels = seen.sort().values
    part = only(data, labels)
    pair = training_pair(config, part, memory[labels].flatten(0, 1))
    networks, how = evaluation_architectures(config, part), protocol(config, config.eval_epochs)
    title = f"the memory of {len(labels)} classes"
    for item in evaluate(Exam(title, lambda _repeat: pair, networks, how, config.eval_repeats, config.seed), part):
        if isinstance(item, Progress):
            yield item
            continue
        yield Metrics(step, {"accuracy.seen": item[0].mean})
        yield Evaluated(step, f"{SEEN}{len(labels)}", item)
        if step == config.total_steps:
            yield Evaluated(step, "distilled", item)

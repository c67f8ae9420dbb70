"""The evaluation protocol E-IDC: networks trained from scratch on a small set, tested on the real test set (METHODS A0.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import load_file
from torch import Generator, Tensor

from engine.config import RunConfig
from engine.data.dataset import Dataset
from engine.data.load import load
from engine.decode import decode, decode_labels
from engine.devices import networks_at_once, resolve
from engine.errors import NotFound
from engine.events import Evaluated, Progress, Score
from engine.nets import Architecture, Network, build_network
from engine.side_by_side import side_by_side
from engine.streams import derive_seed, generator
from engine.together import Stack, can_be_stacked, train_together
from engine.training import Regularisation, Student, accuracy


@dataclass(frozen=True)
class Protocol:
    """E-IDC, stored whole with every score. The score is the accuracy after the last epoch; nothing is selected on the test set."""

    epochs: int
    augment: str
    cutmix: float
    name: str = "E-IDC"
    version: int = 1
    batch: int = 64
    lr: float = 0.01
    momentum: float = 0.9
    weight_decay: float = 5e-4
    lr_factor: float = 0.2
    lr_drops: tuple[float, float] = (2 / 3, 5 / 6)  # shares of the epochs

    def to_dict(self) -> dict[str, Any]:
        """As JSON gives it back, so that a score read from a file equals the one that was written."""
        return asdict(self) | {"lr_drops": list(self.lr_drops)}

    def lr_at(self, epoch: int) -> float:
        """Learning rate during `epoch`, counted from 0."""
        return self.lr * self.lr_factor ** sum(epoch >= int(self.epochs * drop) for drop in self.lr_drops)


def protocol(config: RunConfig, epochs: int) -> Protocol:
    return Protocol(epochs, config.eval_augment, config.eval_cutmix)


def architecture(config: RunConfig, data: Dataset, name: str, norm: str) -> Architecture:
    return Architecture(name, data.channels, data.side, data.num_classes, config.depth, config.width, norm)


def evaluation_architectures(config: RunConfig, data: Dataset) -> list[Architecture]:
    """The ConvNet keeps the run's norm; ResNets and DenseNet are evaluated with batch norm, as in the paper."""
    return [architecture(config, data, n, config.norm if n == "convnet" else "batch") for n in config.eval_networks]


def train_from_scratch(
    network: Network, images: Tensor, labels: Tensor, data: Dataset, how: Protocol, draws: Generator
) -> Iterator[int]:
    """Trains `network` on images (uint8 or [0, 1], [N, C, H, H]) and labels [N]; yields the number of steps done."""
    student = Student(network, how.lr, images.shape[-1])
    regularisation = Regularisation(how.augment, how.cutmix)
    x, steps = data.normalise(images), 0
    for epoch in range(how.epochs):
        student.optimiser.lr = how.lr_at(epoch)
        for batch in torch.randperm(len(x), generator=draws).to(x.device).split(how.batch):
            student.step(x[batch], labels[batch], regularisation, draws)
            steps += 1
            yield steps


TrainingSet = Callable[[int], tuple[Tensor, Tensor]]
"""Number of the repeat -> images (uint8 or [0, 1]) and labels that this repeat's network is trained on."""


class Classroom(NamedTuple):
    """One network to be trained: on images (uint8 or [0, 1]) [N, C, H, H] and labels [N], with its own draws."""

    network: Network
    images: Tensor
    labels: Tensor
    draws: Generator


def _jobs(classrooms: Sequence[Classroom], data: Dataset, how: Protocol) -> list[Iterator[int]]:
    """The trainings, each a count of its steps. On a GPU networks that are alike are one job, on a CPU each is its own."""
    alone = [partial(train_from_scratch, *room[:3], data, how, room.draws) for room in classrooms]
    if data.device.type == "cpu":
        return [job() for job in alone]
    jobs, rates = [], [how.lr_at(epoch) for epoch in range(how.epochs)]
    for _, group in groupby(zip(classrooms, alone, strict=True), key=lambda pair: _kind(pair[0])):
        rooms, single = (list(column) for column in zip(*group, strict=True))
        if len(rooms) == 1 or not can_be_stacked([room.network for room in rooms]):
            jobs += [job() for job in single]
            continue
        stack = Stack([room.network for room in rooms], how.lr, data.side)
        sets = [(data.normalise(room.images), room.labels) for room in rooms]
        regularisation = Regularisation(how.augment, how.cutmix)
        jobs.append(train_together(stack, sets, [room.draws for room in rooms], regularisation, rates, how.batch))
    return jobs


def _kind(room: Classroom) -> tuple[object, ...]:
    """What networks must share to be trained as one."""
    return type(room.network), tuple(p.shape for p in room.network.parameters()), len(room.labels)


def evaluate(
    what: str,
    training_set: TrainingSet,
    data: Dataset,
    architectures: Sequence[Architecture],
    how: Protocol,
    repeats: int,
    seed: int,
) -> Iterator[Progress | tuple[Score, ...]]:
    """Trains `repeats` networks of each architecture; yields progress and, last, one score per architecture."""
    classrooms, total = [], 0
    for arch in architectures:
        for repeat in range(repeats):
            network = build_network(arch, derive_seed(seed, "evaluation network", arch.name, repeat)).to(data.device)
            draws = generator(seed, "evaluation draws", arch.name, repeat)
            classrooms.append(Classroom(network, *training_set(repeat), draws))
            total += how.epochs * -(-len(classrooms[-1].labels) // how.batch)
    networks = [room.network for room in classrooms]
    for steps in side_by_side(_jobs(classrooms, data, how), networks_at_once(data.device)):
        yield Progress(f"accuracy of {what}", steps, total)
    results = [accuracy(n, data.test_images, data.test_labels, data.normalise) for n in networks]
    per_architecture = zip(
        architectures, (results[i : i + repeats] for i in range(0, len(results), repeats)), strict=True
    )
    yield tuple(Score(arch.name, tuple(accuracies), how.to_dict()) for arch, accuracies in per_architecture)


def evaluate_synthetic(
    config: RunConfig, data: Dataset, images: Tensor, step: int, what: str
) -> Iterator[Progress | Evaluated]:
    """Accuracy of the stored set `images` [K*ipc, C, H, H]: networks train on its decoded form."""
    stored = images.clamp(0, 1)
    labels = torch.arange(data.num_classes, device=images.device).repeat_interleave(config.ipc)
    pair = decode(stored, config.factor), decode_labels(labels, config.factor)
    title = {"initial": "the starting images", "distilled": "the synthetic images"}[what]
    how = protocol(config, config.eval_epochs)
    architectures = evaluation_architectures(config, data)
    for item in evaluate(title, lambda _repeat: pair, data, architectures, how, config.eval_repeats, config.seed):
        yield item if isinstance(item, Progress) else Evaluated(step, what, item)


def evaluate_run(
    run_dir: Path, config: RunConfig, params: Mapping[str, Any], cache: Path, report: Callable[[Progress], None]
) -> dict[str, Any]:
    """Evaluates a run's newest images anew with other architectures, epochs or repeats: {"step", "scores": [...]}.

    params: networks, epochs, repeats, already checked against the settings' bounds. Raises NotFound without images.
    """
    taken = sorted((run_dir / "snapshots").glob("*.safetensors"))
    if not taken:
        raise NotFound("This run has no images yet; wait for its first snapshot, then evaluate it.")
    wanted = {
        "eval_networks": tuple(params["networks"]),
        "eval_epochs": params["epochs"],
        "eval_repeats": params["repeats"],
    }
    config = replace(config, **wanted)
    device = resolve(config.device)
    data = load(config, cache, report).to(device)
    step, images = int(taken[-1].stem), load_file(taken[-1], device=str(device))["images"]
    scores: tuple[Score, ...] = ()
    for event in evaluate_synthetic(config, data, images, step, "distilled"):
        if isinstance(event, Progress):
            report(event)
        else:
            scores = event.scores
    return {"step": step, "scores": [score.to_dict() for score in scores]}

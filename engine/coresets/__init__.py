"""Coresets: real images chosen to stand for each class, the baselines of distillation (METHODS part B)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from torch import Generator, Tensor

from engine.config import RunConfig
from engine.coresets.dynamics import Dynamics, training_dynamics
from engine.coresets.forgetting import forgetting_counts, least_forgotten, most_forgotten
from engine.coresets.herding import herding
from engine.coresets.k_center import k_center
from engine.coresets.pruning import PRUNERS, prune
from engine.data.dataset import Dataset
from engine.errors import BadConfig, pick
from engine.events import Progress
from engine.nets import Network
from engine.reference import trained_network
from engine.sampling.representative import representative
from engine.streams import generator
from engine.training import embed

__all__ = ["CORESETS", "PRUNERS", "Coreset", "Dynamics", "prune", "select", "training_dynamics"]

Pick = Callable[[Tensor, int, Generator], Tensor]
"""(what is known of the n images of a class, count, generator) -> distinct positions int64 [count] among them."""


class Coreset(NamedTuple):
    """`needs` says what `pick` is given: "trained", features float [n, d] of a network trained on the real data, or
    "dynamics", forgetting counts int64 [n]."""

    title: str
    pick: Pick
    needs: str


def medoids(features: Tensor, count: int, generator: Generator) -> Tensor:
    """The image nearest to each of `count` k-means centres (METHODS B5): int64 [count], distinct; features [n, d], n >= count."""
    return representative(features, count, 1, generator)


CORESETS: dict[str, Coreset] = {
    "herding": Coreset("Herding", herding, "trained"),
    "k-center": Coreset("K-Center", k_center, "trained"),
    "medoids": Coreset("k-means medoids", medoids, "trained"),
    "forgetting": Coreset("Forgetting", most_forgotten, "dynamics"),
    "least-forgotten": Coreset("Least forgotten", least_forgotten, "dynamics"),
}


def select(
    name: str, count: int, config: RunConfig, data: Dataset, cache: Path, seed: int
) -> Iterator[Progress | list[Tensor]]:
    """Yields progress and, last, per class `count` distinct positions in the training set: int64 [count] each, as picked.

    name: in CORESETS. seed: of the draws; the networks do not depend on it. Raises BadConfig for an unknown name, or a class
    with fewer images than `count`.
    """
    coreset = pick(CORESETS, "coreset", name)
    _check(count, data)
    chosen: list[Tensor] = []
    for item in SOURCES[coreset.needs](config, data, cache):
        if isinstance(item, Progress):
            yield item
            continue
        label = len(chosen)
        positions = coreset.pick(item, count, generator(seed, "coreset", name, label))
        chosen.append(data.members[label][positions])
        yield Progress(f"picking images: {coreset.title}", label + 1, data.num_classes)
    yield chosen


def _check(count: int, data: Dataset) -> None:
    if count > data.smallest_class:
        message = f"{count} images of every class are to be picked, but the smallest has {data.smallest_class} training images; lower ipc or factor."
        raise BadConfig({"ipc": message})


def _trained(config: RunConfig, data: Dataset, cache: Path) -> Iterator[Progress | Tensor]:
    """Progress, then class by class the features float [n, d] of its images under the trained network."""
    network: Network | None = None
    for item in trained_network(config, data, cache):
        if isinstance(item, Progress):
            yield item
        else:
            network = item
    assert network is not None, "the training ends with its network"
    for members in data.members:
        yield embed(network, data.train_images[members], data.normalise)


def _forgotten(config: RunConfig, data: Dataset, cache: Path) -> Iterator[Progress | Tensor]:
    """Progress, then class by class the forgetting counts int64 [n] of its images."""
    for item in training_dynamics(config, data, cache):
        if isinstance(item, Progress):
            yield item
        else:
            counts = forgetting_counts(item.correct)
            yield from (counts[members] for members in data.members)


SOURCES: dict[str, Callable[[RunConfig, Dataset, Path], Iterator[Progress | Tensor]]] = {
    "trained": _trained,
    "dynamics": _forgotten,
}

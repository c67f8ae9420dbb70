"""What a run tells the world: the events that `distill` and `pipeline.work` yield, in the order they happen.

Importing this module needs no torch; only the values inside the events do. Tensors inside an event may be views of live
state: use them before asking for the next event, or clone them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from torch import Tensor

State = dict[str, "Tensor"]
"""Everything a run needs to go on bit for bit: named tensors, ready for safetensors."""
SEEN = "seen "
"""Before the number of classes, names the scores of a memory; see Evaluated."""


@dataclass(frozen=True)
class Score:
    """Test accuracy in percent of networks trained from scratch, with the protocol that produced it: `accuracies` after the
    last pass, which is the score, and `best` of all tests during each network's training, which is shown beside it only to
    compare with papers that report it. `best` is empty for scores from before it was recorded."""

    network: str
    accuracies: tuple[float, ...]
    protocol: Mapping[str, Any]
    best: tuple[float, ...] = ()

    @property
    def mean(self) -> float:
        return _mean(self.accuracies)

    @property
    def std(self) -> float:
        """Population standard deviation over networks, percent points."""
        return _std(self.accuracies)

    @property
    def has_best(self) -> bool:
        """Whether `best` says more than the score: it was recorded, and the protocol tests more than once."""
        return bool(self.best) and len(self.protocol.get("tests", ())) != 1

    @property
    def best_mean(self) -> float:
        """NaN where `best` is empty."""
        return _mean(self.best)

    @property
    def best_std(self) -> float:
        """Like `std`; NaN where `best` is empty."""
        return _std(self.best)

    @property
    def n(self) -> int:
        return len(self.accuracies)

    def to_dict(self) -> dict[str, Any]:
        return {"mean": self.mean, "std": self.std, "n": self.n, "network": self.network, "accuracies": list(self.accuracies),
                "best": list(self.best), "protocol": dict(self.protocol)}  # fmt: skip

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Score:
        """Also of dictionaries from before `best` was recorded."""
        return cls(value["network"], tuple(value["accuracies"]), value["protocol"], tuple(value.get("best", ())))


class Pooled(NamedTuple):
    """Accuracy in percent over several synthetic sets, each with its own networks: `mean` and `std` over all networks,
    `std_of_sets` of the sets' means; population standard deviations."""

    mean: float
    std: float
    std_of_sets: float
    n_sets: int
    n_networks: int


def pooled(scores: Sequence[Score]) -> Pooled:
    """One score per synthetic set (of runs that differ by their seed, say), at least one: METHODS F3."""
    networks = [accuracy for score in scores for accuracy in score.accuracies]
    return Pooled(_mean(networks), _std(networks), _std([score.mean for score in scores]), len(scores), len(networks))


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else math.nan


def _std(values: Sequence[float]) -> float:
    mean = _mean(values)
    return math.sqrt(_mean([(value - mean) ** 2 for value in values]))


@dataclass(frozen=True)
class Progress:
    """Something long is under way: `phase` in a person's words ("downloading", "random-selection baseline"), `done` of
    `total` (total 0 = unknown). Yielded often, so that whoever listens can stop the run in the middle of it."""

    phase: str
    done: int
    total: int


Report = Callable[[Progress], None]
"""Whoever listens to long work that is no run; it ends the work by raising."""


@dataclass(frozen=True)
class Opened:
    """The data is read: the class names in label order, the number of training and test images, and their shape."""

    classes: tuple[str, ...]
    train: int
    test: int
    channels: int
    side: int


@dataclass(frozen=True)
class Metrics:
    """Values on the curves after `step` inner loops; the names are those of `engine.metrics.catalog.METRICS`."""

    step: int
    values: Mapping[str, float]


@dataclass(frozen=True)
class Snapshot:
    """The synthetic set after `step` inner loops: float32 [K*ipc, C, H, W], class-major; in [0, 1], but for
    hosts that keep normalised images (engine/hosts.py), whose pixels have no bounds."""

    step: int
    images: Tensor


@dataclass(frozen=True)
class Picked:
    """Real images chosen for class `label` at `step`: int64 [n], positions in the training set."""

    step: int
    label: int
    indices: Tensor


@dataclass(frozen=True)
class Checkpoint:
    """A point where the run can be left and taken up again. `state()` copies it out; not calling it costs nothing."""

    step: int
    state: Callable[[], State]


@dataclass(frozen=True)
class Evaluated:
    """Scores of one training set, one per architecture. `what` is "distilled", "initial", "random", "full", or SEEN and a number:
    the memory of a class-incremental run that holds as many classes."""

    step: int
    what: str
    scores: tuple[Score, ...]


@dataclass(frozen=True)
class Done:
    step: int


Event = Progress | Opened | Metrics | Snapshot | Picked | Checkpoint | Evaluated | Done

"""Dataset pruning: training images are scored while a network learns them, and the best share is kept (METHODS B6)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import torch
from torch import Generator, Tensor

from engine.config import RunConfig
from engine.coresets.dynamics import Dynamics, training_dynamics
from engine.coresets.forgetting import forgetting_counts
from engine.data.dataset import Dataset
from engine.errors import BadConfig, pick
from engine.events import Progress
from engine.streams import generator

WINDOW = 10  # J, the epochs over which the dynamic uncertainty is taken
EARLY = 10  # epochs that EL2N is the mean of

Pruner = Callable[[Dynamics, Generator], Tensor]
"""(dynamics, generator) -> score [N] of each training image; the highest are kept."""


def uncertainty(probability: Tensor, window: int = WINDOW) -> Tensor:
    """Dynamic uncertainty (He et al., 2023): the mean, over all runs of `window` epochs in a row, of the standard deviation
    (unbiased) of the probability of the true class. probability [E, N] in [0, 1], E >= 2 -> [N], at most sqrt(1/2).

    With fewer epochs than `window` there is one run, of all of them. The released code leaves out the run that ends with the
    last epoch, and so has none at E = window; all runs count here, as in the paper. Its factor of 10 changes no order.
    """
    assert len(probability) > 1, "one epoch has no spread"
    runs = probability.unfold(0, min(window, len(probability)), 1)
    return runs.std(2).mean(0)


def _forgetting(dynamics: Dynamics, draws: Generator) -> Tensor:
    """Most images are forgotten equally often: what is added, less than one event, puts those in random order."""
    counts = forgetting_counts(dynamics.correct)
    return counts + torch.rand(len(counts), generator=draws, dtype=torch.float64).to(counts.device)


PRUNERS: dict[str, Pruner] = {
    "uncertainty": lambda dynamics, _: uncertainty(dynamics.probability),
    "random": lambda dynamics, draws: torch.rand(dynamics.correct.shape[1], generator=draws).to(
        dynamics.correct.device
    ),
    "forgetting": _forgetting,
    "hard": lambda dynamics, _: -dynamics.probability.mean(0),
    "easy": lambda dynamics, _: dynamics.probability.mean(0),
    "el2n": lambda dynamics, _: dynamics.error[:EARLY].mean(0),
}
"""What the kept images score highest in. uncertainty: see there. forgetting: forgetting events, never learnt first. hard, easy:
lowest and highest mean probability of the true class. el2n: length of the softmax error early on (Paul et al., 2021, average
over ten networks; here it is one, over its first epochs)."""

UNTRAINED = frozenset({"random"})  # score without a network


def kept(scores: Tensor, fraction: float, labels: Tensor | None = None) -> Tensor:
    """Positions int64, ascending, of the round(fraction * N) highest scores [N]; of equal ones the first.

    labels int64 [N]: that share of each class instead, so that the classes keep their proportions.
    """
    if labels is None:
        return scores.argsort(descending=True, stable=True)[: round(fraction * len(scores))].sort().values
    members = [(labels == label).nonzero().flatten() for label in labels.unique()]
    return torch.cat([mine[kept(scores[mine], fraction)] for mine in members]).sort().values


def prune(
    config: RunConfig, data: Dataset, method: str, fraction: float, balanced: bool, cache: Path, seed: int
) -> Iterator[Progress | Dataset]:
    """Yields progress and, last, `data` with only the kept training images, in their order; the test set stays whole.

    method: a name in PRUNERS. fraction in (0, 1]; 1 keeps the data as it is. balanced: that share of every class, not of the
    whole. seed: of the draws. Raises BadConfig for an unknown method, or when a class would be left without images.
    """
    score = pick(PRUNERS, "prune", method)
    if fraction >= 1:
        yield data
        return
    no_epoch = torch.empty(0, data.num_train, device=data.device)
    dynamics = Dynamics(no_epoch, no_epoch.bool(), no_epoch)  # random scores read the number of images only
    if method not in UNTRAINED:
        for item in training_dynamics(config, data, cache):
            if isinstance(item, Progress):
                yield item
            else:
                dynamics = item
    scores = score(dynamics, generator(seed, "prune", method))
    positions = kept(scores, fraction, data.train_labels if balanced else None)
    _check(data, positions, fraction, balanced)
    yield subset(data, positions)


def _check(data: Dataset, positions: Tensor, fraction: float, balanced: bool) -> None:
    left = torch.bincount(data.train_labels[positions], minlength=data.num_classes)
    if not left.all():
        name = data.classes[int(left.argmin())]
        advice = "raise keep" if balanced else "raise keep, or set keep_per=class"
        raise BadConfig({"keep": f"keep {fraction:g} would leave no training image of class '{name}'; {advice}."})


def subset(data: Dataset, positions: Tensor) -> Dataset:
    """The data with the training images at int64 [n] only. Its fingerprint is its own, so that caches do not mix the two."""
    chosen = hashlib.sha256(data.fingerprint.encode() + positions.cpu().numpy().tobytes())
    return replace(
        data,
        train_images=data.train_images[positions],
        train_labels=data.train_labels[positions],
        fingerprint=chosen.hexdigest(),
    )

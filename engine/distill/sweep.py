"""The image gradients of all classes in one inner loop. Classes do not depend on each other within it, so they are worked
on several at a time: in threads on a CPU, as one batch on a GPU."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby
from typing import NamedTuple

import torch
from torch import Tensor

from engine.augment import Drawn, apply, join
from engine.crew import Crew
from engine.data.dataset import Dataset
from engine.decode import decode
from engine.fast import Layers
from engine.fast.match import matched_gradient
from engine.fast.recorded import Recorded
from engine.nets import Network
from engine.objectives.matching import Matching, differentiated

log = logging.getLogger(__name__)


class Turn(NamedTuple):
    """What one class draws for its image step: positions int64 [B] of its real images in the training set, the augmentation
    that both batches share, and which decoded images take part (int64 [M]; None = all)."""

    label: int
    real: Tensor
    drawn: Drawn
    subset: Tensor | None


class Sweep:
    """Takes all classes' gradients. `at_once`: classes in one batch; it is halved whenever the device's memory is short."""

    def __init__(self, data: Dataset, matching: Matching, factor: int, at_once: int) -> None:
        self.data, self.matching, self.factor, self.at_once = data, matching, factor, at_once
        self.crew = Crew(data.device)
        self._layers: Layers | None = None
        self._recorded = Recorded(matched_gradient)

    def gradients(
        self, network: Network, layers: Layers | None, images: Tensor, turns: Sequence[Turn]
    ) -> tuple[Tensor, Tensor]:
        """images [K, ipc, C, H, H], stored and as each class finds them; turns: one per class, in order. Returns the
        gradients, shaped like `images`, and per class the two terms [K, 2]."""
        if layers is not None and layers is not self._layers:
            self._layers = layers
            self._recorded = Recorded(partial(matched_gradient, layers, self.matching))
        found = torch.empty_like(images)
        terms = images.new_empty(len(images), 2)

        def work(batch: Sequence[Turn]) -> None:
            labels = _labels(batch, images.device)
            found[labels], terms[labels] = self._batch(network, layers, images[labels], batch)

        if layers is None:  # a network with batch norm keeps running statistics: one class after another
            for batch in _batches(turns, 1):
                work(batch)
            return found, terms
        while not self._fits(work, _batches(turns, self.at_once)):
            self._halve(len(turns))
        return found, terms

    def _fits(self, work: Callable[[Sequence[Turn]], None], batches: Sequence[Sequence[Turn]]) -> bool:
        """Does the work; False where the device's memory is too short for so many classes. Raises OutOfMemoryError for one."""
        try:
            self.crew.each(work, batches)
        except torch.OutOfMemoryError:
            if self.at_once == 1:
                raise
            return False
        return True

    def _halve(self, classes: int) -> None:
        """Once the error is gone, and with it the tensors of the work that it broke off."""
        self.at_once = max(1, min(self.at_once, classes) // 2)
        log.warning("The device's memory is short: from here on classes are worked on %d at a time.", self.at_once)
        self._recorded.forget()
        torch.cuda.empty_cache()

    def _batch(
        self, network: Network, layers: Layers | None, images: Tensor, batch: Sequence[Turn]
    ) -> tuple[Tensor, Tensor]:
        """Gradients [G, ipc, C, H, H] and terms [G, 2] of some classes, which draw alike."""
        data = self.data
        with torch.no_grad():
            real = data.normalise(data.train_images[torch.cat([turn.real for turn in batch])])
            real = apply(real, join([turn.drawn for turn in batch], len(real) // len(batch)))
        with torch.enable_grad():  # decoding and augmenting are linear: nothing is kept of them but their transpose
            leaf = images.detach().requires_grad_()
            syn = _chosen(_decoded(leaf, self.factor), batch).flatten(0, 1)
            syn = apply(data.normalise(syn), join([turn.drawn for turn in batch], len(syn) // len(batch)))
        if layers:
            labels = _labels(batch, images.device)
            pull, terms = self._recorded(real, syn.detach(), labels)
        else:
            pull, one = differentiated(network, real, syn, batch[0].label, self.matching)
            terms = one.unsqueeze(0)
        (gradient,) = torch.autograd.grad(syn, leaf, pull)
        return gradient, terms


def _labels(batch: Sequence[Turn], device: torch.device) -> Tensor:
    """int64 [G]. Nobody waits for the copy."""
    return torch.tensor([turn.label for turn in batch]).to(device, non_blocking=True)


def _decoded(images: Tensor, factor: int) -> Tensor:
    """`decode` of each class: [G, ipc, C, H, H] -> [G, factor^2 * ipc, C, H, H], all classes in one call."""
    tiles = decode(images.flatten(0, 1), factor).unflatten(0, (factor**2, *images.shape[:2]))
    by_class: Tensor = tiles.transpose(0, 1)
    return by_class.flatten(1, 2)


def _chosen(decoded: Tensor, batch: Sequence[Turn]) -> Tensor:
    """The decoded images that take part: [G, n, ...] -> [G, M, ...]."""
    if batch[0].subset is None:
        return decoded
    wanted = torch.stack([turn.subset for turn in batch if turn.subset is not None]).to(
        decoded.device, non_blocking=True
    )
    return decoded[torch.arange(len(batch), device=decoded.device).unsqueeze(1), wanted]


def _batches(turns: Sequence[Turn], at_once: int) -> list[list[Turn]]:
    """At most `at_once` classes each. Only classes whose draws name the same operations and whose batches are of one size
    can be put together."""
    alike: Callable[[Turn], tuple[object, ...]] = lambda turn: (*turn.drawn, len(turn.real))  # noqa: E731
    groups = [list(group) for _, group in groupby(sorted(turns, key=lambda t: str(alike(t))), key=alike)]
    return [group[i : i + at_once] for group in groups for i in range(0, len(group), at_once)]

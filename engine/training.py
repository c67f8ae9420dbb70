"""Training a network on labelled images: the step that the host, the baselines and the evaluation share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from engine.augment import apply, draw
from engine.crew import Crew
from engine.data.dataset import Dataset
from engine.fast import Layers, knows
from engine.fast.recorded import Recorded
from engine.fast.train import features, loss_gradients
from engine.nets import Network

Normalise = Callable[[Tensor], Tensor]

PART = 32  # images whose gradients one thread takes: fixed, so that a step's sums do not depend on the number of cores
BATCH = 512  # images whose features are taken at once where the cores need not be shared out
MOMENTUM, WEIGHT_DECAY = 0.9, 5e-4  # METHODS A0.5 and A4: the same for the host's networks and for evaluation


@dataclass(frozen=True)
class Regularisation:
    """Augmentation strategy (engine/augment.py) and the probability of CutMix per batch."""

    augment: str
    cutmix: float


class Sgd:
    """SGD with momentum and weight decay, 0.9 and 5e-4 unless said otherwise, as torch.optim.SGD computes it (a test compares the updates).

    Written out because building torch's own imports its compiler, two seconds in which a new run shows nothing, and because a
    checkpoint needs the momentum by name. `lr` and the others may be changed between steps; `velocity` is named like the parameters.
    """

    def __init__(self, parameters: Mapping[str, Tensor], lr: float) -> None:
        self.lr, self.momentum, self.weight_decay = lr, MOMENTUM, WEIGHT_DECAY
        self.parameters = dict(parameters)
        self.velocity = {name: torch.zeros_like(p) for name, p in self.parameters.items()}

    @torch.no_grad()
    def step(self, gradients: list[Tensor]) -> None:
        """One step down `gradients`, one per parameter."""
        parameters: list[Tensor] = list(self.parameters.values())
        velocity = list(self.velocity.values())
        torch._foreach_mul_(velocity, self.momentum)
        torch._foreach_add_(velocity, gradients)
        torch._foreach_add_(velocity, parameters, alpha=self.weight_decay)
        torch._foreach_add_(parameters, velocity, alpha=-self.lr)


class Lesson(NamedTuple):
    """A training batch as the network sees it: x [B, C, H, H], targets [B, K], rows that sum to one."""

    x: Tensor
    targets: Tensor


def lesson(images: Tensor, labels: Tensor, classes: int, how: Regularisation, generator: Generator) -> Lesson:
    """Augments and perhaps mixes images [B, C, H, H], already normalised, labels int64 [B]."""
    x = apply(images, draw(how.augment, len(images), images.shape[-1], generator))
    targets = F.one_hot(labels, classes).to(x.dtype)
    if how.cutmix and float(torch.rand((), generator=generator)) < how.cutmix:
        x, other, kept = cutmix(x, generator)
        targets = kept * targets + (1 - kept) * targets[other]
    return Lesson(x, targets)


class Student:
    """A network that is being trained. `layers`: its passes written out, where they are known; else it is differentiated."""

    def __init__(self, network: Network, lr: float, side: int, precision: str = "float32") -> None:
        """side: of the images; precision: that of the setting."""
        if knows(network):
            network.to(memory_format=torch.channels_last)  # what the passes' convolutions read
        self.network, self.optimiser = network, Sgd(dict(network.named_parameters()), lr)
        self.layers = Layers.of(network, side, precision) if knows(network) else None
        self.crew = Crew(network.classifier.weight.device)
        # Not a method of this object: the two would hold each other, and the recordings' memory until Python looks for such circles.
        self._recorded = Recorded(partial(loss_gradients, self.layers)) if self.layers else None

    def take(self, other: Network) -> None:
        """Starts again with the weights of `other`, a network of the same shape. What was recorded stays good."""
        self.network.load_state_dict(other.state_dict())
        torch._foreach_zero_(list(self.optimiser.velocity.values()))

    def step(self, images: Tensor, labels: Tensor, how: Regularisation, generator: Generator) -> None:
        """One optimiser step on images [B, C, H, H], already normalised, labels int64 [B]; cross-entropy, mean over the batch."""
        x, targets = lesson(images, labels, self.network.classifier.out_features, how, generator)
        self.optimiser.step(self._gradients(x, targets))

    def _gradients(self, x: Tensor, targets: Tensor) -> list[Tensor]:
        if (gradients := self._recorded) is None:
            loss = F.cross_entropy(self.network(x), targets)
            return list(torch.autograd.grad(loss, list(self.optimiser.parameters.values())))
        size = PART if x.device.type == "cpu" else len(x)
        parts = self.crew.each(
            lambda part: gradients(*part), list(zip(x.split(size), targets.split(size), strict=True))
        )
        total = [gradient.clone() for gradient in parts[0]] if len(parts) == 1 else list(parts[0])
        for part in parts[1:]:
            torch._foreach_add_(total, list(part))
        torch._foreach_div_(total, len(x))
        return total


def train_epoch(
    student: Student, data: Dataset, batch: int, how: Regularisation, generator: Generator
) -> Iterator[int]:
    """One epoch over the real training set, its last, smaller batch included; yields the number of steps done."""
    order = torch.randperm(data.num_train, generator=generator).to(data.device)
    for done, positions in enumerate(order.split(batch), 1):
        images, labels = data.normalise(data.train_images[positions]), data.train_labels[positions]
        student.step(images, labels, how, generator)
        yield done


def cutmix(x: Tensor, generator: Generator) -> tuple[Tensor, Tensor, float]:
    """Paste one box of a permutation of the batch into every image (Yun et al., 2019; METHODS A0.4).

    x [B, C, H, H] -> (mixed [B, C, H, H], permutation int64 [B], share of each image's own pixels in [0, 1]).
    The box has side int(H * sqrt(u)) with u uniform (1 - Beta(1, 1)) and a uniform centre, clipped at the borders.
    """
    side = x.shape[-1]
    u, row, column = torch.rand(3, generator=generator).tolist()
    half, cy, cx = int(side * u**0.5) // 2, int(row * side), int(column * side)
    top, bottom = max(cy - half, 0), min(cy + half, side)
    left, right = max(cx - half, 0), min(cx + half, side)
    other = torch.randperm(len(x), generator=generator).to(x.device, non_blocking=True)
    mixed = x.clone()
    mixed[..., top:bottom, left:right] = x[other][..., top:bottom, left:right]
    return mixed, other, 1 - (bottom - top) * (right - left) / side**2


@torch.no_grad()
def accuracy(network: Network, images: Tensor, labels: Tensor, normalise: Normalise) -> float:
    """Share of `images` (uint8 or [0, 1]) classified right, in percent. Leaves the network in training mode."""
    network.eval()
    right = (network.classifier(embed(network, images, normalise)).argmax(1) == labels).sum()
    network.train()
    return 100 * int(right) / len(labels)


@torch.no_grad()
def embed(network: Network, images: Tensor, normalise: Normalise, precision: str = "float32") -> Tensor:
    """Features phi of `images` (uint8 or [0, 1]) under the network as it is: float [n, d]. precision: as of a Student."""
    if not knows(network):
        return torch.cat([network.features(normalise(part)) for part in images.split(BATCH)])
    layers = Layers.of(network, images.shape[-1], precision)
    parts = images.split(PART if images.device.type == "cpu" else BATCH)
    return torch.cat(Crew(images.device).each(lambda part: features(layers, normalise(part)), parts))

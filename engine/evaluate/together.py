"""Several networks of one shape trained at once on a GPU, as one batch: what a single small network leaves idle, the others
use. Each keeps its own draws, so its result is the one it would have alone, but for rounding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Generator, Tensor

from engine.fast import Layers, knows
from engine.fast.recorded import Recorded
from engine.fast.train import loss_gradients
from engine.nets import Network
from engine.protocols import Protocol
from engine.training import Lesson, Regularisation, Sgd, lesson


class Stack:
    """`networks`, all alike and known to `engine.fast.knows`, with their parameters as one: [n, ...]."""

    def __init__(self, networks: Sequence[Network], lr: float, side: int) -> None:
        self.networks = networks
        named = [dict(network.named_parameters()) for network in networks]
        self.parameters = {name: torch.stack([one[name].detach() for one in named]) for name in named[0]}
        self.optimiser = Sgd(self.parameters, lr)
        layers = Layers.of(networks[0], side).stacked(self.parameters)
        self._gradients = Recorded(lambda x, targets: loss_gradients(layers, x, targets))

    def step(self, lessons: Sequence[Lesson]) -> None:
        """One optimiser step of every network on its own batch; the batches are of one size."""
        gradients = self._gradients(torch.cat([one.x for one in lessons]), torch.cat([one.targets for one in lessons]))
        self.optimiser.step([gradient / len(lessons[0].x) for gradient in gradients])

    def unstack(self) -> None:
        """Gives the networks their parameters back."""
        with torch.no_grad():
            for number, network in enumerate(self.networks):
                for name, own in network.named_parameters():
                    own.copy_(self.parameters[name][number])


def can_be_stacked(networks: Sequence[Network]) -> bool:
    return len({tuple(p.shape for p in n.parameters()) for n in networks}) == 1 and all(map(knows, networks))


def begin_pass(optimiser: Sgd, how: Protocol, number: int) -> None:
    """Sets what the protocol says for the pass over the set that begins, counted from 0."""
    optimiser.lr, optimiser.momentum, optimiser.weight_decay = how.lr_at(number), how.momentum, how.weight_decay
    if how.starts_anew(number):
        torch._foreach_zero_(list(optimiser.velocity.values()))


def train_together(
    stack: Stack, sets: Sequence[tuple[Tensor, Tensor]], draws: Sequence[Generator], how: Protocol
) -> Iterator[int]:
    """One network per set: images [N, C, H, H], normalised, and labels [N], all of one size. Draws as `train_from_scratch` does
    for a network alone. Yields the steps done, summed over the networks."""
    steps, classes = 0, stack.networks[0].classifier.out_features
    regularisation = Regularisation(how.augment, how.cutmix)
    for number in range(how.passes):
        begin_pass(stack.optimiser, how, number)
        orders = [torch.randperm(len(x), generator=g).to(x.device) for (x, _), g in zip(sets, draws, strict=True)]
        for parts in zip(*(order.split(how.batch) for order in orders), strict=True):
            one_each = zip(sets, parts, draws, strict=True)
            stack.step([lesson(x[part], y[part], classes, regularisation, g) for (x, y), part, g in one_each])
            steps += len(sets)
            yield steps
    stack.unstack()

"""Named streams of randomness: everything random in a run follows from its seed, and can be stored and taken up again.

All draws are made on the CPU and moved, so that a run draws the same numbers on every device.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import torch
from torch import Generator, Tensor


def derive_seed(seed: int, *name: object) -> int:
    """A 63-bit seed for one purpose, independent of every other purpose's."""
    digest = hashlib.sha256("/".join(map(str, (seed, *name))).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def generator(seed: int, *name: object) -> Generator:
    """A CPU generator for one purpose."""
    return torch.Generator().manual_seed(derive_seed(seed, *name))


class Streams:
    """One generator per purpose, made when first asked for."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._generators: dict[str, Generator] = {}

    def __getitem__(self, name: str) -> Generator:
        if name not in self._generators:
            self._generators[name] = generator(self.seed, name)
        return self._generators[name]

    def state(self) -> dict[str, Tensor]:
        return {name: g.get_state() for name, g in self._generators.items()}

    def load(self, state: Mapping[str, Tensor]) -> None:
        for name, value in state.items():
            self[name].set_state(value)


def under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Names with a prefix, for a checkpoint."""
    return {f"{prefix}.{name}": value for name, value in tensors.items()}


def below(prefix: str, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What `under` put there."""
    return {name[len(prefix) + 1 :]: value for name, value in state.items() if name.startswith(prefix + ".")}


class Permutations:
    """Endless batches of positions 0..count-1: a fresh permutation each time one is used up, its short rest dropped."""

    def __init__(self, count: int, batch: int, generator: Generator) -> None:
        self.count, self.batch, self.generator = count, min(batch, count), generator
        self.order = torch.empty(0, dtype=torch.int64)
        self.at = 0

    def next(self) -> Tensor:
        """int64 [batch], distinct positions."""
        if self.at + self.batch > len(self.order):
            self.order, self.at = torch.randperm(self.count, generator=self.generator), 0
        self.at += self.batch
        return self.order[self.at - self.batch : self.at]

    def state(self) -> dict[str, Tensor]:
        return {"order": self.order, "at": torch.tensor(self.at)}

    def load(self, state: Mapping[str, Tensor]) -> None:
        self.order, self.at = state["order"], int(state["at"])

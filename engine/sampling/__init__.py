"""Which real images a synthetic batch is matched against, and which it starts from."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Generator, Tensor

from engine.sampling.representative import representative

__all__ = ["INITS", "SAMPLERS", "random_sample", "representative"]

Pick = Callable[[Tensor, int, int, Generator], Tensor]
"""(features [n, d], groups, per group, generator) -> distinct positions int64 [groups * per group]."""


def random_sample(features: Tensor, groups: int, per_group: int, generator: Generator) -> Tensor:
    """Uniform, without replacement; the features only say how many images there are."""
    return torch.randperm(len(features), generator=generator)[: groups * per_group].to(features.device)


SAMPLERS: dict[str, Pick] = {"representative": representative, "random": random_sample}

INITS: dict[str, Pick | None] = {"clustered": representative, "random": random_sample, "noise": None}
"""How the real images that S starts from are picked; None = no real images, noise instead."""

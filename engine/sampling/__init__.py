"""Which real images a synthetic batch is matched against, and which it starts from."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Generator, Tensor

from engine.sampling.middle import boundary, center
from engine.sampling.representative import official, representative

__all__ = ["INITS", "SAMPLERS", "official", "random_sample", "representative"]

Pick = Callable[[Tensor, int, int, Generator], Tensor]
"""(features [n, d], groups, per group, generator) -> positions int64 [groups * per group]."""


def random_sample(features: Tensor, groups: int, per_group: int, generator: Generator) -> Tensor:
    """Uniform, without replacement; the features only say how many images there are."""
    return torch.randperm(len(features), generator=generator)[: groups * per_group].to(features.device)


def first_in_file(features: Tensor, groups: int, per_group: int, _generator: Generator) -> Tensor:
    """The first ones in the order of the files: what "random" means in the released code of IDC (METHODS A4, A6.2 no. 13)."""
    return torch.arange(groups * per_group, device=features.device)


SAMPLERS: dict[str, Pick] = {
    "representative": representative,
    "random": random_sample,
    "center": center,
    "boundary": boundary,
}

INITS: dict[str, Pick | None] = {
    "clustered": representative,
    "random": random_sample,
    "first": first_in_file,
    "noise": None,
}
"""How the real images that S starts from are picked, besides the coresets (engine/coresets); None = no real images."""

"""What the synthetic images start from: real images, shrunk into tiles where several share a stored one, or noise."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Generator, Tensor

from engine.config import RunConfig
from engine.data.dataset import Dataset
from engine.decode import encode
from engine.sampling import INITS, official


def starting_images(
    config: RunConfig,
    data: Dataset,
    chosen: Sequence[Tensor] | None,
    features: Callable[[int], Tensor],
    draws: Generator,
) -> Tensor:
    """[K * ipc, C, H, H] in [0, 1], but for the noise of hosts with normalised images, which knows no bounds.

    chosen: per class the positions in the training set to start from; None = as `config.init` says. features(label): of the
    class's real images under the first network.
    """
    if chosen is None and config.init == "noise":
        return _noise(config, data, draws)
    stored = []
    for label, members in enumerate(data.members):
        positions = chosen[label].to(members.device) if chosen else members[_picked(config, label, features, draws)]
        pictures = data.train_images[positions].to(torch.get_default_dtype()) / 255
        stored.append(encode(pictures, config.factor))
    return torch.cat(stored)


def _noise(config: RunConfig, data: Dataset, draws: Generator) -> Tensor:
    """clamp(randn / 4 + 0.5, 0, 1) as IDC; standard normal in normalised pixels as DC (METHODS A4, A1)."""
    shape = (data.num_classes * config.ipc, data.channels, data.side, data.side)
    noise = torch.randn(shape, generator=draws).to(data.device)
    if config.framework.normalised:
        return data.denormalise(noise)
    return (noise / 4 + 0.5).clamp(0, 1)


def _picked(config: RunConfig, label: int, features: Callable[[int], Tensor], draws: Generator) -> Tensor:
    pick = official if config.init == "clustered" and config.clustering == "official" else INITS[config.init]
    assert pick is not None, "noise has been dealt with"
    return pick(features(label), config.ipc * config.factor**2, 1, draws)

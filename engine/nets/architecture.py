"""What a network is built from, and what all networks share."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn


class Architecture(NamedTuple):
    """Name in `NETWORKS` and shape. `depth` and `width` are the ConvNet's; `norm` is "instance", "batch" or "none"."""

    name: str
    channels: int
    side: int
    classes: int
    depth: int = 3
    width: int = 128
    norm: str = "instance"


class Network(nn.Module):
    """A feature extractor with one linear layer on top."""

    body: nn.Module
    classifier: nn.Linear

    def features(self, x: Tensor) -> Tensor:
        """x [B, C, H, W], normalised -> phi [B, d], the classifier's input."""
        return torch.flatten(self.body(x), 1)

    def forward(self, x: Tensor) -> Tensor:
        """x [B, C, H, W], normalised -> logits [B, K]."""
        logits: Tensor = self.classifier(self.features(x))
        return logits


def norm_layer(kind: str, channels: int) -> nn.Module:
    """ "instance" is GroupNorm with one group per channel: affine, no running statistics (METHODS A0.1)."""
    if kind == "instance":
        return nn.GroupNorm(channels, channels)
    return nn.BatchNorm2d(channels) if kind == "batch" else nn.Identity()

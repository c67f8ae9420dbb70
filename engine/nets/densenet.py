"""DenseNet-121 in its CIFAR form (growth 12, reduction 0.5), as IDC and DREAM evaluate it; not torchvision's."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.nets.architecture import Architecture, Network, norm_layer

GROWTH, BLOCKS = 12, (6, 12, 24, 16)


class Bottleneck(nn.Module):
    """norm, ReLU, 1x1 to 4 x growth, norm, ReLU, 3x3 to growth; the result is joined to the input (Huang et al., 2017)."""

    def __init__(self, inputs: int, norm: str) -> None:
        super().__init__()
        self.path = nn.Sequential(
            norm_layer(norm, inputs),
            nn.ReLU(),
            nn.Conv2d(inputs, 4 * GROWTH, 1, bias=False),
            norm_layer(norm, 4 * GROWTH),
            nn.ReLU(),
            nn.Conv2d(4 * GROWTH, GROWTH, 3, padding=1, bias=False),
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.path(x), x], 1)


def _transition(inputs: int, norm: str) -> list[nn.Module]:
    return [norm_layer(norm, inputs), nn.ReLU(), nn.Conv2d(inputs, inputs // 2, 1, bias=False), nn.AvgPool2d(2)]


class DenseNet(Network):
    """Four dense blocks with halving transitions, global average pooling, one linear layer."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        norm, planes = architecture.norm, 2 * GROWTH
        layers: list[nn.Module] = [nn.Conv2d(architecture.channels, planes, 3, padding=1, bias=False)]
        for stage, count in enumerate(BLOCKS):
            for _ in range(count):
                layers.append(Bottleneck(planes, norm))
                planes += GROWTH
            if stage < len(BLOCKS) - 1:
                layers += _transition(planes, norm)
                planes //= 2
        self.body = nn.Sequential(*layers, norm_layer(norm, planes), nn.ReLU(), nn.AdaptiveAvgPool2d(1))
        self.classifier = nn.Linear(planes, architecture.classes)


def densenet121(architecture: Architecture) -> DenseNet:
    return DenseNet(architecture)

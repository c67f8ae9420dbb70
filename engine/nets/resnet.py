"""ResNet-10 and ResNet-18 for small images, as IDC and DREAM evaluate them: 3x3 stem, no max-pooling, widths 32 to 256."""

from __future__ import annotations

import math

import torch.nn.functional as F
from torch import Tensor, nn

from engine.nets.architecture import Architecture, Network, norm_layer

WIDTHS = (32, 64, 128, 256)


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut (He et al., 2016)."""

    def __init__(self, inputs: int, outputs: int, stride: int, norm: str) -> None:
        super().__init__()
        self.path = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False),
            norm_layer(norm, outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
            norm_layer(norm, outputs),
        )
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), norm_layer(norm, outputs))

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.path(x) + self.shortcut(x))


class ResNet(Network):
    """`blocks` BasicBlocks in each of four stages, global average pooling, one linear layer."""

    def __init__(self, architecture: Architecture, blocks: int) -> None:
        super().__init__()
        norm = architecture.norm
        layers: list[nn.Module] = [
            nn.Conv2d(architecture.channels, WIDTHS[0], 3, padding=1, bias=False),
            norm_layer(norm, WIDTHS[0]),
            nn.ReLU(),
        ]
        inputs = WIDTHS[0]
        for stage, width in enumerate(WIDTHS):
            for block in range(blocks):
                layers.append(BasicBlock(inputs, width, 2 if stage and block == 0 else 1, norm))
                inputs = width
        self.body = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1))
        self.classifier = nn.Linear(inputs, architecture.classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                fan_out = module.kernel_size[0] * module.kernel_size[1] * module.out_channels
                nn.init.normal_(module.weight, 0.0, math.sqrt(2 / fan_out))


def resnet10(architecture: Architecture) -> ResNet:
    return ResNet(architecture, blocks=1)


def resnet18(architecture: Architecture) -> ResNet:
    return ResNet(architecture, blocks=2)

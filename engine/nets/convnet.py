"""ConvNet-D, the field's standard small network (Gidaris & Komodakis 2018; as in DC, IDC and DREAM)."""

from __future__ import annotations

from torch import nn

from engine.nets.architecture import Architecture, Network, norm_layer


class ConvNet(Network):
    """`depth` blocks of [3x3 convolution, norm, ReLU, 2x2 average pooling], then one linear layer.

    28-pixel images are padded to 32 by the first convolution, so that their feature maps equal those of 32-pixel images.
    """

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        inputs, side, width = architecture.channels, architecture.side, architecture.width
        blocks: list[nn.Module] = []
        for block in range(architecture.depth):
            padding = 3 if block == 0 and side == 28 else 1
            blocks += [
                nn.Conv2d(inputs if block == 0 else width, width, 3, padding=padding),
                norm_layer(architecture.norm, width),
                nn.ReLU(),
                nn.AvgPool2d(2),
            ]
            side = (side + 2 * (padding - 1)) // 2
        self.body = nn.Sequential(*blocks)
        self.classifier = nn.Linear(width * side * side, architecture.classes)

"""A ConvNet as the passes see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from torch import Tensor, nn

from engine.fast.blocks import Blocks, TorchBlocks
from engine.fast.convolve import Convolution, Patched, Whole
from engine.fast.kernels import CpuBlocks
from engine.nets import Network
from engine.nets.convnet import ConvNet
from engine.precision import PRECISIONS


def knows(network: Network) -> bool:
    """Whether the passes are written for this network: a ConvNet with instance norm."""
    return isinstance(network, ConvNet) and any(isinstance(module, nn.GroupNorm) for module in network.body.children())


class Layer(NamedTuple):
    """One block: weight [O, I, 3, 3], gamma and beta [O], the network's own tensors; of n stacked networks [n, ...]."""

    convolution: Convolution
    weight: Tensor
    gamma: Tensor
    beta: Tensor


class Layers(NamedTuple):
    """All blocks, the passes of a block on this device, and the classifier [K, d], [K]; of n stacked networks [n, ...].
    Nothing is copied: when the network is trained, these change with it."""

    layers: tuple[Layer, ...]
    blocks: Blocks
    classifier: Tensor
    bias: Tensor

    @staticmethod
    def of(network: Network, side: int, precision: str = "float32") -> Layers:
        """`network` must be one that `knows` knows; `side`: of its images. precision: a name in PRECISIONS."""
        convolutions = [m for m in network.body.children() if isinstance(m, nn.Conv2d)]
        norms = [m for m in network.body.children() if isinstance(m, nn.GroupNorm)]
        on_cpu = network.classifier.weight.device.type == "cpu"
        found = []
        for number, (module, norm) in enumerate(zip(convolutions, norms, strict=True)):
            padding = int(module.padding[0])
            patched = on_cpu and number == 0
            how = (
                Patched(padding, (module.in_channels, side, side))
                if patched
                else Whole(padding, PRECISIONS[precision].reads)
            )
            found.append(Layer(how, module.weight.detach(), norm.weight.detach(), norm.bias.detach()))
        classifier = network.classifier
        blocks = CpuBlocks() if on_cpu else TorchBlocks()
        return Layers(tuple(found), blocks, classifier.weight.detach(), classifier.bias.detach())

    def stacked(self, parameters: Mapping[str, Tensor]) -> Layers:
        """The same with the parameters [n, ...] of n networks like this one, named like the network's own."""
        values = iter(parameters.values())
        layers = []
        for layer in self.layers:
            weight, _, gamma, beta = (next(values) for _ in range(4))  # a convolution's bias is taken out by the norm
            layers.append(layer._replace(weight=weight, gamma=gamma, beta=beta))
        return Layers(tuple(layers), self.blocks, next(values), next(values))

"""Networks: images [B, C, H, W], normalised -> features [B, d] -> logits [B, K]."""

from __future__ import annotations

from collections.abc import Callable

import torch

from engine.errors import pick
from engine.nets.architecture import Architecture, Network
from engine.nets.convnet import ConvNet
from engine.nets.densenet import densenet121
from engine.nets.resnet import resnet10, resnet18

__all__ = ["NETWORKS", "Architecture", "Network", "build_network", "matched_weights"]

NETWORKS: dict[str, Callable[[Architecture], Network]] = {
    "convnet": ConvNet,
    "resnet10": resnet10,
    "resnet18": resnet18,
    "densenet121": densenet121,
}


def build_network(architecture: Architecture, seed: int) -> Network:
    """A freshly initialised network on the CPU in training mode; the same `seed` gives the same weights.

    PyTorch's initialisers read the global generator, so it is set for the moment and put back afterwards.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return pick(NETWORKS, "network", architecture.name)(architecture).train()


def matched_weights(network: Network, classifier: bool) -> list[torch.nn.Parameter]:
    """The tensors whose gradients are matched: convolution weights, the only ones with more than two dimensions (IDC), and
    the classifier's where `classifier` (DC)."""
    return [p for p in network.parameters() if p.dim() > (1 if classifier else 2)]

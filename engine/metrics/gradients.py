"""How hard each real image pulls at the network: the norm of its own gradient (for DREAM+, Figure 2a)."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap

from engine.fast import Layers, knows
from engine.fast.train import gradient_norms as written_out
from engine.nets import Network

PART = 64  # images whose gradients are held at once


def gradient_norms(network: Network, x: Tensor, labels: Tensor) -> Tensor | None:
    """L2 norm over all parameters of the gradient of each image's own cross-entropy: [B].

    x [B, C, H, H], normalised, not augmented; labels int64 [B]. None for a network with batch norm, in which an image has no
    gradient of its own.
    """
    if knows(network):
        parts = zip(x.split(PART), labels.split(PART), strict=True)
        return torch.cat([written_out(Layers.of(network, x.shape[-1]), *part) for part in parts])
    if any(isinstance(module, nn.BatchNorm2d) for module in network.modules()):
        return None

    def loss(parameters: Mapping[str, Tensor], image: Tensor, label: Tensor) -> Tensor:
        logits = functional_call(network, dict(parameters), (image.unsqueeze(0),))
        return F.cross_entropy(logits, label.unsqueeze(0))

    weights = {name: p.detach() for name, p in network.named_parameters()}
    gradients = vmap(grad(loss), in_dims=(None, 0, 0), chunk_size=PART)(weights, x, labels)
    squares = [gradient.flatten(1).square().sum(1) for gradient in gradients.values()]
    return torch.stack(squares).sum(0).sqrt()

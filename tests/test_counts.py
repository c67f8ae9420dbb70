"""The counted arithmetic is what PyTorch does for the plain loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from benchmarks.baseline import match_loss
from engine.estimate import counts
from engine.nets import Architecture, build_network
from tests.small import small_config


class Convolutions(TorchDispatchMode):
    """Counts the floating-point operations of every convolution that is made, in either direction."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.flop = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        made = func(*args, **(kwargs or {}))
        count: Callable[..., int] | None = flop_registry.get(func._overloadpacket)
        if count is not None and "conv" in str(func):
            self.flop += count(*args, **(kwargs or {}), out_val=made)
        return made


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_an_image_step_is_counted_as_pytorch_makes_it(depth: int) -> None:
    config = small_config(depth=depth, width=4, clusters=3, net_samples_per_step=0)
    network = build_network(Architecture("convnet", config.channels, 8, config.spec.classes, depth, 4), seed=0)
    real, leaf = torch.rand(3, config.channels, 8, 8), torch.rand(4, config.channels, 8, 8).requires_grad_()
    with Convolutions() as made:
        torch.autograd.grad(match_loss(network, real, leaf, 0, config), leaf)
    layers = counts.forward_flop(config)
    nobodys = len(leaf) * sum(layers[1:])  # PyTorch also takes second gradients of the weights, which nobody asked for
    counted = counts.flop_per_loop(config)
    assert counts.images_per_class(config) == (3, 4) and counted is not None
    assert made.flop - nobodys == counted / config.spec.classes

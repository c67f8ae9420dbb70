"""Gradient norms against one backward pass per image."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from engine.metrics.gradients import gradient_norms
from engine.nets import Architecture, build_network


@pytest.mark.parametrize("name", ["convnet", "resnet10"])
def test_each_image_by_itself(name: str) -> None:
    network = build_network(Architecture(name, 3, 16, 5, 2, 6), int(torch.randint(99, ()))).double()
    x, y = torch.randn(7, 3, 16, 16, dtype=torch.float64), torch.randint(5, (7,))
    expected = []
    for image, label in zip(x, y, strict=True):
        network.zero_grad()
        F.cross_entropy(network(image[None]), label[None]).backward()
        squares = [p.grad.square().sum() for p in network.parameters() if p.grad is not None]
        expected.append(torch.stack(squares).sum().sqrt())
    found = gradient_norms(network, x, y)
    assert found is not None
    torch.testing.assert_close(found, torch.stack(expected))


def test_with_batch_norm_an_image_has_none_of_its_own() -> None:
    network = build_network(Architecture("convnet", 1, 8, 3, 2, 4, "batch"), 0)
    assert gradient_norms(network, torch.randn(2, 1, 8, 8), torch.tensor([0, 1])) is None

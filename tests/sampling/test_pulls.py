"""How hard each image of a class pulls: against one backward pass per image."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.events import Progress
from engine.nets import Architecture, Network, build_network
from engine.sampling.pulls import pulls, some_pulls


def normalise(pixels: Tensor) -> Tensor:
    return (pixels.double() / 255 - 0.4) / 0.3


def one_by_one(network: Network, images: Tensor, label: int) -> Tensor:
    found = []
    for image in images:
        loss = F.cross_entropy(network(normalise(image[None])), torch.tensor([label]))
        gradients = torch.autograd.grad(loss, list(network.parameters()))
        found.append(torch.stack([gradient.square().sum() for gradient in gradients]).sum().sqrt())
    return torch.stack(found).detach().float()


def a_class(count: int) -> tuple[Network, Tensor, int]:
    seed = int(torch.randint(99, ()))
    network = build_network(Architecture("convnet", 1, 16, 5, 2, 6), seed).double()
    return network, torch.randint(0, 256, (count, 1, 16, 16), dtype=torch.uint8), seed % 5


def test_every_image_of_a_class() -> None:
    network, images, label = a_class(300)
    said: list[Progress] = []
    found = pulls(network, images, label, normalise, said.append)
    torch.testing.assert_close(found, one_by_one(network, images, label))
    assert [progress.done for progress in said] == [0, 256] and said[0].total == 300


def test_of_a_large_class_evenly_many_and_those_that_are_wanted() -> None:
    network, images, label = a_class(50)
    expected = one_by_one(network, images, label)
    found = pulls(network, images, label, normalise, lambda _: None, most=20)
    measured = found.isfinite().nonzero().flatten()
    assert measured.tolist() == list(range(0, 50, 3))
    torch.testing.assert_close(found[measured], expected[measured])
    wanted = torch.tensor([1, 49, 3, 1])
    more = some_pulls(network, images, label, normalise, found, wanted)
    assert more.isfinite().nonzero().flatten().tolist() == sorted({*measured.tolist(), 1, 49})
    torch.testing.assert_close(more[wanted], expected[wanted])
    assert found[[1, 49]].isnan().all(), "what was handed in stays as it was"

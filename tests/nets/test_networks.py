"""Networks against the published parameter counts and the invariants of METHODS A6.7."""

from __future__ import annotations

import pytest
import torch

from engine.errors import BadConfig
from engine.nets import NETWORKS, Architecture, build_network, matched_weights

CIFAR10 = Architecture("convnet", 3, 32, 10)


@pytest.mark.parametrize(
    ("arch", "parameters", "matched", "features"),
    [
        (CIFAR10, 320_010, 298_368, 2048),
        (CIFAR10._replace(classes=100), 504_420, 298_368, 2048),
        (Architecture("convnet", 1, 28, 10), 317_706, 296_064, 2048),
        (Architecture("convnet", 3, 64, 200, depth=4), 857_160, 445_824, 2048),
        (CIFAR10._replace(name="densenet121", norm="batch"), 1_000_618, None, 384),
    ],
)
def test_parameter_counts(arch: Architecture, parameters: int, matched: int | None, features: int) -> None:
    network = build_network(arch, 0)
    assert sum(p.numel() for p in network.parameters()) == parameters
    if matched is not None:
        assert sum(p.numel() for p in matched_weights(network, classifier=False)) == matched
    images = torch.randn(2, arch.channels, arch.side, arch.side)
    assert network.features(images).shape == (2, features)


@pytest.mark.parametrize(("name", "blocks"), [("resnet10", 1), ("resnet18", 2)])
def test_resnet_parameter_count_by_hand(name: str, blocks: int) -> None:
    def conv(i: int, o: int, k: int) -> int:
        return i * o * k * k + 2 * o  # with its norm's gain and shift

    count, inputs = conv(3, 32, 3), 32
    for width in (32, 64, 128, 256):
        for block in range(blocks):
            first = inputs if block == 0 else width
            count += conv(first, width, 3) + conv(width, width, 3) + (conv(first, width, 1) if first != width else 0)
        inputs = width
    network = build_network(CIFAR10._replace(name=name, norm="batch"), 0)
    assert sum(p.numel() for p in network.parameters()) == count + 256 * 10 + 10


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(("channels", "side"), [(1, 16), (3, 32)])
def test_logits_are_the_classifier_on_the_features(name: str, channels: int, side: int) -> None:
    network = build_network(Architecture(name, channels, side, 7, 2, 8, "batch"), 1).eval()
    x = torch.randn(3, channels, side, side)
    torch.testing.assert_close(network(x), network.classifier(network.features(x)))
    assert network(x).shape == (3, 7)


def test_instance_norm_is_the_same_in_training_and_evaluation() -> None:
    network, x = build_network(CIFAR10._replace(width=8), 0), torch.randn(4, 3, 32, 32)
    assert torch.equal(network.train()(x), network.eval()(x))
    alone = torch.cat([network(one) for one in x.split(1)])
    torch.testing.assert_close(network(x), alone)


def test_the_seed_decides_the_weights_and_leaves_the_global_generator_alone() -> None:
    before = torch.get_rng_state()
    a, b, c = (build_network(CIFAR10._replace(width=4), seed) for seed in (5, 5, 6))
    assert torch.equal(torch.get_rng_state(), before)
    weights = [next(n.parameters()) for n in (a, b, c)]
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])


def test_an_unknown_network_is_refused_by_name() -> None:
    with pytest.raises(BadConfig, match=r"Unknown network 'convent'. Did you mean 'convnet'\?"):
        build_network(CIFAR10._replace(name="convent"), 0)

"""The matching losses against formulas written anew in float64, and their image gradients by finite differences."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from engine.augment import apply, draw
from engine.matching import ImageOptimiser, Matching, class_gradient
from engine.nets import Architecture, Network, build_network
from engine.objectives import DISTANCES, OBJECTIVES

WEIGHT = 0.7


def tiny_network(seed: int = 0) -> Network:
    return build_network(Architecture("convnet", 2, 8, 3, 2, 4), seed).double()


def plain_terms(network: Network, real: Tensor, syn: Tensor, label: int, metric: str) -> tuple[Tensor, Tensor]:
    """METHODS A4, A6 in the plainest words: all gradients by backward(), conv weights by name, numpy-like sums."""

    def response(x: Tensor) -> tuple[list[Tensor], Tensor]:
        network.zero_grad()
        loss = sum(-F.log_softmax(network(one[None]), 1)[0, label] for one in x) / len(x)
        assert isinstance(loss, Tensor)
        loss.backward()
        grads = [
            p.grad.clone()
            for n, p in network.named_parameters()
            if n.startswith("body") and p.dim() == 4 and p.grad is not None
        ]
        features = torch.stack([network.features(one[None])[0] for one in x]).mean(0).detach()
        return grads, features

    (g_real, f_real), (g_syn, f_syn) = response(real), response(syn)

    def total(a: Tensor, b: Tensor) -> Tensor:
        return ((a - b) ** 2).sum() if metric == "mse" else (a - b).abs().sum()

    return torch.stack([total(a, b) for a, b in zip(g_real, g_syn, strict=True)]).sum(), total(f_real, f_syn)


@pytest.mark.parametrize("metric", DISTANCES)
def test_terms_equal_the_plain_formula(metric: str) -> None:
    network = tiny_network()
    real, syn = torch.randn(5, 2, 8, 8, dtype=torch.float64), torch.randn(3, 2, 8, 8, dtype=torch.float64)
    gradient, feature = plain_terms(network, real, syn, 1, metric)
    distance = DISTANCES[metric]
    both = OBJECTIVES["both"](network, real, syn, 1, distance)
    assert both.gradient is not None
    torch.testing.assert_close(both.gradient.detach(), gradient)
    torch.testing.assert_close(both.feature.detach(), feature)
    alone = OBJECTIVES["gradient"](network, real, syn.requires_grad_(), 1, distance)
    assert alone.gradient is not None and not alone.feature.requires_grad
    torch.testing.assert_close(alone.gradient.detach(), gradient)
    torch.testing.assert_close(alone.feature, feature)
    only = OBJECTIVES["feature"](network, real, syn, 1, distance)
    assert only.gradient is None
    torch.testing.assert_close(only.feature.detach(), feature)


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("metric", DISTANCES)
def test_image_gradient_by_finite_differences(objective: str, metric: str) -> None:
    """Through objective, shared augmentation, normalisation and decoding, on random directions."""
    network = tiny_network(2)
    images = torch.rand(2, 2, 8, 8, dtype=torch.float64)
    real = torch.randn(6, 2, 8, 8, dtype=torch.float64)
    shared = draw("color_crop_cutout", 1, 8, torch.Generator().manual_seed(3))
    matching = Matching(OBJECTIVES[objective], DISTANCES[metric], WEIGHT, 2)

    def gradient(x: Tensor) -> tuple[Tensor, Tensor]:
        return class_gradient(network, x, real, 2, matching, lambda p: apply((p - 0.3) / 0.2, shared), lambda d: d)

    def loss(x: Tensor) -> float:
        terms = gradient(x)[1]
        return float({"both": terms[0] + WEIGHT * terms[1], "gradient": terms[0], "feature": terms[1]}[objective])

    analytic, step = gradient(images)[0], 1e-6
    assert analytic.shape == images.shape
    for seed in range(4):
        direction = torch.randn(images.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
        numeric = (loss(images + step * direction) - loss(images - step * direction)) / (2 * step)
        assert float((analytic * direction).sum()) == pytest.approx(numeric, rel=2e-5, abs=1e-8)


@pytest.mark.parametrize("metric", DISTANCES)
def test_matching_a_batch_with_itself_costs_nothing(metric: str) -> None:
    x = torch.randn(4, 2, 8, 8, dtype=torch.float64)
    terms = OBJECTIVES["both"](tiny_network(), x, x.clone().requires_grad_(), 0, DISTANCES[metric])
    assert terms.gradient is not None
    assert terms.gradient.item() == pytest.approx(0, abs=1e-12) and terms.feature.item() == pytest.approx(0, abs=1e-12)


def test_the_optimiser_is_sgd_with_momentum_over_all_images_at_once() -> None:
    """Against torch.optim.SGD with zero gradients for the other classes, compared by the update."""
    classes, ipc = 3, 2
    start = torch.rand(classes * ipc, 1, 4, 4, dtype=torch.float64)
    ours = ImageOptimiser(start.clone(), lr=0.3, momentum=0.5)
    theirs = start.clone().requires_grad_()
    sgd = torch.optim.SGD([theirs], lr=0.3, momentum=0.5)
    for sweep in range(3):
        for label in range(classes):
            g = torch.randn(
                ipc, 1, 4, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(10 * sweep + label)
            )
            ours.step(label, ipc, g)
            theirs.grad = torch.zeros_like(theirs)
            theirs.grad[label * ipc : (label + 1) * ipc] = g
            sgd.step()
    torch.testing.assert_close(ours.images - start, theirs.detach() - start)


def test_momentum_moves_the_classes_that_have_no_gradient() -> None:
    """METHODS A4: over one sweep of many classes a gradient g moves its class by lr*g*(1 + .5 + .25 + ...) = 2*lr*g."""
    classes, g = 12, torch.full((1, 1, 2, 2), 1.0, dtype=torch.float64)
    optimiser = ImageOptimiser(torch.zeros(classes, 1, 2, 2, dtype=torch.float64), lr=0.1, momentum=0.5)
    optimiser.step(0, 1, g)
    first = optimiser.of_class(0, 1).clone()
    assert torch.equal(optimiser.images[1:], torch.zeros_like(optimiser.images[1:])), "a class's gradient is its own"
    for label in range(1, classes):
        optimiser.step(label, 1, torch.zeros_like(g))
    torch.testing.assert_close(first, -0.1 * g)
    torch.testing.assert_close(optimiser.of_class(0, 1), -0.2 * g * (1 - 0.5**classes))

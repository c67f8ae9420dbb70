"""The matching losses against formulas written anew in float64, and their image gradients by finite differences."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from engine.augment import apply, draw
from engine.decode import decode
from engine.distill.optimisers import JointSteps, StepPerClass
from engine.nets import Architecture, Network, build_network, matched_weights
from engine.objectives import DISTANCES, OBJECTIVES, Batches
from engine.objectives.matching import Matching, differentiated
from tests.finite import slopes

WEIGHT = 0.7


def tiny_network(seed: int = 0) -> Network:
    return build_network(Architecture("convnet", 2, 8, 3, 2, 4), seed).double()


def plain_terms(
    network: Network, real: Tensor, syn: Tensor, label: int, metric: str, classifier: bool = False
) -> tuple[Tensor, Tensor]:
    """METHODS A1, A4, A6 in the plainest words: all gradients by backward(), weights by name, numpy-like sums."""

    def response(x: Tensor) -> tuple[list[Tensor], Tensor]:
        network.zero_grad()
        loss = sum(-F.log_softmax(network(one[None]), 1)[0, label] for one in x) / len(x)
        assert isinstance(loss, Tensor)
        loss.backward()
        grads = [
            p.grad.clone()
            for n, p in network.named_parameters()
            if p.grad is not None and (p.dim() == 4 or (classifier and n == "classifier.weight"))
        ]
        features = torch.stack([network.features(one[None])[0] for one in x]).mean(0).detach()
        return grads, features

    (g_real, f_real), (g_syn, f_syn) = response(real), response(syn)

    def total(a: Tensor, b: Tensor) -> Tensor:
        if metric == "cosine":
            rows = list(zip(a.reshape(len(a), -1), b.reshape(len(b), -1), strict=True)) if a.dim() > 1 else [(a, b)]
            return torch.stack([1 - x @ y / (x.norm() * y.norm() + 1e-6) for x, y in rows]).sum()
        return ((a - b) ** 2).sum() if metric == "mse" else (a - b).abs().sum()

    return torch.stack([total(a, b) for a, b in zip(g_real, g_syn, strict=True)]).sum(), total(f_real, f_syn)


@pytest.mark.parametrize("classifier", [False, True])
@pytest.mark.parametrize("metric", DISTANCES)
def test_terms_equal_the_plain_formula(metric: str, classifier: bool) -> None:
    network = tiny_network()
    weights = matched_weights(network, classifier)
    real, syn = torch.randn(5, 2, 8, 8, dtype=torch.float64), torch.randn(3, 2, 8, 8, dtype=torch.float64)
    gradient, feature = plain_terms(network, real, syn, 1, metric, classifier)
    distance = DISTANCES[metric]
    both = OBJECTIVES["both"].terms(network, weights, Batches(real, syn, 1), distance)
    assert both.gradient is not None
    torch.testing.assert_close(both.gradient.detach(), gradient)
    torch.testing.assert_close(both.feature.detach(), feature)
    alone = OBJECTIVES["gradient"].terms(network, weights, Batches(real, syn.requires_grad_(), 1), distance)
    assert alone.gradient is not None and not alone.feature.requires_grad
    torch.testing.assert_close(alone.gradient.detach(), gradient)
    torch.testing.assert_close(alone.feature, feature)
    only = OBJECTIVES["feature"].terms(network, weights, Batches(real, syn, 1), distance)
    assert only.gradient is None
    torch.testing.assert_close(only.feature.detach(), feature)


@pytest.mark.parametrize("classifier", [False, True])
@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("metric", DISTANCES)
def test_image_gradient_by_finite_differences(objective: str, metric: str, classifier: bool) -> None:
    """Through objective, shared augmentation, normalisation and decoding, on random directions."""
    network = tiny_network(2)
    real = torch.randn(6, 2, 8, 8, dtype=torch.float64)
    shared = draw("color_crop_cutout", 1, 8, torch.Generator().manual_seed(3))
    matching = Matching(OBJECTIVES[objective], DISTANCES[metric], WEIGHT, classifier)

    def gradient(x: Tensor) -> tuple[Tensor, Tensor]:
        leaf = x.clone().requires_grad_()
        syn = apply((decode(leaf, 2) - 0.3) / 0.2, shared)
        pull, terms = differentiated(network, real, syn, 2, matching)
        return torch.autograd.grad(syn, leaf, pull)[0], terms

    def loss(x: Tensor) -> float:
        terms = gradient(x)[1]
        return float({"both": terms[0] + WEIGHT * terms[1], "gradient": terms[0], "feature": terms[1]}[objective])

    images, along = slopes(loss, lambda: torch.rand(2, 2, 8, 8, dtype=torch.float64))
    analytic = gradient(images)[0]
    assert analytic.shape == images.shape
    for direction, numeric in along:
        assert float((analytic * direction).sum()) == pytest.approx(numeric, rel=2e-5, abs=1e-8)


@pytest.mark.parametrize("metric", DISTANCES)
def test_matching_a_batch_with_itself_costs_nothing(metric: str) -> None:
    x = torch.randn(4, 2, 8, 8, dtype=torch.float64)
    network = tiny_network()
    batches = Batches(x, x.clone().requires_grad_(), 0)
    terms = OBJECTIVES["both"].terms(network, matched_weights(network, True), batches, DISTANCES[metric])
    assert terms.gradient is not None
    rows = sum(len(w) for w in matched_weights(network, True))
    near = {"gradient": rows * 1e-4, "feature": 1e-6} if metric == "cosine" else {"gradient": 1e-12, "feature": 1e-12}
    assert terms.gradient.item() == pytest.approx(0, abs=near["gradient"]), "DC adds 1e-6 to each row's lengths"
    assert terms.feature.item() == pytest.approx(0, abs=near["feature"])


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
def test_a_sweep_is_sgd_with_momentum_over_all_images_once_per_class(momentum: float) -> None:
    """Against torch.optim.SGD with zero gradients for the other classes, compared by the update; and each class is given
    the images it would find when its turn comes."""
    classes, ipc = 4, 2
    start = torch.rand(classes, ipc, 1, 4, 4, dtype=torch.float64)
    ours = StepPerClass(start.clone(), 0.3, momentum)
    theirs = start.clone().requires_grad_()
    sgd = torch.optim.SGD([theirs], lr=0.3, momentum=momentum)
    for _ in range(3):
        gradients = torch.randn_like(start)
        for label, found in enumerate(ours.at_turn()):
            torch.testing.assert_close(found, theirs[label].detach())
            theirs.grad = torch.zeros_like(theirs)
            theirs.grad[label] = gradients[label]
            sgd.step()
        ours.sweep(gradients)
    torch.testing.assert_close(ours.images - start, theirs.detach() - start)


def test_joint_steps_are_sgd_with_a_rate_of_each_channel_s_own() -> None:
    """DC keeps normalised images: a step of torch.optim.SGD on those is ours on the pixels, with the rate x std^2."""
    std, mean = (torch.rand(3, 1, 1, dtype=torch.float64) + 0.1 for _ in range(2))
    start = torch.rand(4, 2, 3, 5, 5, dtype=torch.float64)
    ours = JointSteps(start.clone(), 0.3 * std.square(), 0.5)
    theirs = ((start - mean) / std).requires_grad_()
    sgd = torch.optim.SGD([theirs], lr=0.3, momentum=0.5)
    for _ in range(3):
        by_pixels = torch.randn_like(start)
        assert ours.at_turn() is ours.images
        ours.sweep(by_pixels)
        theirs.grad = by_pixels * std
        sgd.step()
    torch.testing.assert_close(ours.images - start, theirs.detach() * std + mean - start)


def test_momentum_moves_the_classes_that_have_no_gradient() -> None:
    """METHODS A4: over one sweep of many classes a gradient g moves its class by lr*g*(1 + .5 + .25 + ...) = 2*lr*g."""
    classes, g = 12, torch.zeros(12, 1, 1, 2, 2, dtype=torch.float64)
    g[0] = 1
    optimiser = StepPerClass(torch.zeros_like(g), lr=0.1, momentum=0.5)
    optimiser.sweep(g)
    torch.testing.assert_close(optimiser.images, -0.2 * g * (1 - 0.5**classes))


@pytest.mark.parametrize("metric", DISTANCES)
def test_the_slope_of_a_distance_is_its_derivative(metric: str) -> None:
    a, b = (torch.randn(3, 4, 5, dtype=torch.float64) for _ in range(2))
    leaf = a.clone().requires_grad_()
    (derivative,) = torch.autograd.grad(DISTANCES[metric].values(leaf, b).sum(), leaf)
    torch.testing.assert_close(DISTANCES[metric].slope(a, b), derivative)
    torch.testing.assert_close(DISTANCES[metric].values(a, b)[1], DISTANCES[metric](a[1], b[1]))

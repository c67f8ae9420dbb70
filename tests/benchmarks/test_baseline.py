"""The plain loop does the work that the product does: same gradient, same sweep from the same state."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from benchmarks.baseline import Plain, check, match_loss
from engine.augment import apply, draw
from engine.config import RunConfig
from engine.decode import decode
from engine.distill.loop import Loop
from engine.nets import Architecture, build_network
from engine.objectives import DISTANCES, OBJECTIVES
from engine.objectives.matching import Matching, differentiated
from engine.streams import generator
from tests.small import small_config, small_data


def augmented(config: RunConfig, leaf: Tensor) -> tuple[Tensor, Tensor]:
    """A real batch and the decoded `leaf` in float64, with one draw."""
    g = generator(0, "baseline")
    real = torch.rand(5, 3, 8, 8, generator=g, dtype=torch.float64)
    drawn = draw(config.augment, 1, 8, g)
    return apply(real, drawn), apply(decode(leaf, config.factor), drawn)


@pytest.mark.parametrize("metric", ["mse", "l1"])
@pytest.mark.parametrize("objective", ["gradient", "feature", "both"])
def test_the_image_gradient_of_a_class_is_the_engines(objective: str, metric: str) -> None:
    config = small_config(objective=objective, metric=metric, feature_weight=0.7, ipc=2)
    network = build_network(Architecture("convnet", 3, 8, 3, depth=2, width=8), seed=1).double()
    leaf = torch.rand(2, 3, 8, 8, generator=generator(1, "images"), dtype=torch.float64).requires_grad_()
    real, syn = augmented(config, leaf)
    (ours,) = torch.autograd.grad(match_loss(network, real, syn, 1, config), leaf, retain_graph=True)
    matching = Matching(OBJECTIVES[objective], DISTANCES[metric], config.feature_weight)
    pull, _ = differentiated(network, real, syn.detach(), 1, matching)
    (theirs,) = torch.autograd.grad(syn, leaf, pull)
    assert float((ours - theirs).norm()) <= 1e-9 * float(theirs.norm())


@pytest.mark.parametrize("recipe", ["dream+", "idc"])
def test_a_sweep_from_the_products_state_gives_the_products_images(recipe: str, tmp_path: Path) -> None:
    """Of the representative and of the random sampler, with a random subset of the synthetic images, after momentum has built up."""
    config, data = small_config(recipe=recipe, ipc=2, batch_syn_max=5, inner=6), small_data()
    loop = Loop(config, data)
    list(loop.start())
    for _ in range(3):
        loop.refresh()
        loop.advance()
    save_file(loop.state(), tmp_path / "before.safetensors")
    loop.advance()
    save_file({"images": loop.state()["images"]}, tmp_path / "after.safetensors")
    assert check(Plain(config, data), tmp_path) < 1e-4


def test_the_check_sees_a_difference(tmp_path: Path) -> None:
    config, data = small_config(inner=6), small_data()
    loop = Loop(config, data)
    list(loop.start())
    loop.refresh()
    loop.advance()
    before = loop.state()
    save_file(before, tmp_path / "before.safetensors")
    save_file({"images": before["images"]}, tmp_path / "after.safetensors")
    assert check(Plain(config, data), tmp_path) == pytest.approx(1)


def test_an_inner_loop_picks_matches_and_trains() -> None:
    config, data = small_config(interval=2, inner=4), small_data()
    plain = Plain(config, data)
    images = plain.images.detach().clone()
    weights = [p.detach().clone() for p in plain.network.parameters()]
    first, second = plain.inner_loop(), plain.inner_loop()
    assert set(first) == {"cluster", "match", "network", "whole"} and "cluster" not in second
    assert all(len(picks) == config.picks_per_class for picks in plain.picks)
    assert all(set(data.train_labels[picks].tolist()) == {label} for label, picks in enumerate(plain.picks))
    assert not torch.equal(images, plain.images)
    assert all(not torch.equal(a, b) for a, b in zip(weights, plain.network.parameters(), strict=True))

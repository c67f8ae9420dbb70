"""DC, DSA and DM against their papers' loops written plainly in float64: normalised images, one joint step of torch's own SGD,
networks trained on the synthetic images or never (METHODS A1-A3). Same seed, same draws."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from engine.augment import apply, draw
from engine.config import RunConfig
from engine.distill.loop import Loop
from engine.nets import build_network
from tests.small import small_config, small_data

CASES: list[dict[str, Any]] = [
    {"recipe": "dc", "net_epochs": 2, "ipc": 2},
    {"recipe": "dsa", "net_epochs": 1, "ipc": 3, "init": "first"},
    {"recipe": "dsa-dream+", "net_epochs": 1, "ipc": 2},
    {"recipe": "dm", "inner": 1, "outer": 6, "ipc": 2},
]


@pytest.fixture(autouse=True)
def double() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def host_config(changes: dict[str, Any]) -> RunConfig:
    recipe = changes["recipe"]
    own = {
        "factor": 1,
        "metric": "cosine",
        "image_lr": 0.1,
        "image_momentum": 0.5,
        "outer": 2,
        "inner": 3,
        "batch_real": 6,
    }
    strategy = "" if recipe == "dc" else "one_color_crop_cutout_flip_scale_rotate"
    own |= {"augment": strategy, "net_augment": strategy, "net_cutmix": 0.0}
    own |= {"metric": "mse", "image_lr": 1.0} if recipe == "dm" else {}
    return small_config(**own | changes)


def row_cosines(a: Tensor, b: Tensor) -> Tensor:
    a, b = (a.reshape(len(a), -1), b.reshape(len(b), -1)) if a.dim() > 1 else (a[None], b[None])
    return sum((1 - x @ y / (x.norm() * y.norm() + 1e-6) for x, y in zip(a, b, strict=True)), torch.zeros(()))


class PlainHost(Loop):
    """Draws as `Loop` does and computes nothing as it does."""

    def begin(self) -> None:
        list(self.start())
        self.leaf = self.data.normalise(self.images.clone()).requires_grad_()
        self.sgd = torch.optim.SGD([self.leaf], lr=self.config.image_lr, momentum=0.5)
        self.renew()

    def renew(self) -> None:
        self.net = build_network(self._architecture(), seed=0).double()
        self.net.load_state_dict(self._live_student().network.state_dict())

    def _architecture(self) -> Any:
        from engine.evaluate import architecture

        return architecture(self.config, self.data, self.config.network, self.config.norm)

    def gradients(self, x: Tensor, label: int, graph: bool) -> list[Tensor]:
        loss = F.cross_entropy(self.net(x), torch.full((len(x),), label))
        weights = [p for p in self.net.parameters() if p.dim() > 1]
        return list(torch.autograd.grad(loss, weights, create_graph=graph))

    def advance(self) -> None:
        config, total = self.config, torch.zeros(())
        for label in range(self.data.num_classes):
            turn = self._turn(label)
            real = apply(self.data.normalise(self.data.train_images[turn.real]), turn.drawn)
            syn = apply(self.leaf[label * config.ipc : (label + 1) * config.ipc], turn.drawn)
            distance = row_cosines if config.metric == "cosine" else (lambda a, b: (a - b).square().sum())
            if config.objective != "feature":
                pairs = zip(self.gradients(syn, label, True), self.gradients(real, label, False), strict=True)
                total = total + sum(row_cosines(a, b.detach()) for a, b in pairs)
            if config.objective != "gradient":
                total = total + config.feature_weight * distance(
                    self.net.features(syn).mean(0), self.net.features(real).mean(0).detach()
                )
        self.sgd.zero_grad()
        total.backward()
        self.sgd.step()
        self.images.copy_(self.data.denormalise(self.leaf.detach()))
        if config.framework.trained_on and (self.step + 1) % config.inner:
            self.train()
        self.step += 1

    def train(self) -> None:
        x, y = self.leaf.detach(), torch.arange(self.data.num_classes).repeat_interleave(self.config.ipc)
        sgd, draws = torch.optim.SGD(self.net.parameters(), lr=self.config.net_lr), self.streams["network training"]
        for _ in range(self.config.net_epochs):
            order = torch.randperm(len(x), generator=draws)
            batch = apply(x[order], draw(self.config.net_augment, len(x), self.data.side, draws))
            sgd.zero_grad()
            F.cross_entropy(self.net(batch), y[order]).backward()
            sgd.step()


@pytest.mark.parametrize("changes", CASES, ids=lambda c: c["recipe"])
def test_a_host_does_what_its_paper_says(changes: dict[str, Any]) -> None:
    config, data = host_config(changes), small_data(per_class=20)
    fast, plain = Loop(config, data), PlainHost(config, data)
    list(fast.start())
    plain.begin()
    start = fast.images.clone()
    for _ in range(config.total_steps):
        if fast.step and fast.outer_ended:
            list(fast.fresh_network())
            list(plain.fresh_network())
            plain.renew()
        fast.refresh()
        plain.refresh()
        if config.sampler == "representative":
            plain.real.picks = fast.real.picks
        fast.advance()
        plain.advance()
        moved = plain.images - start
        assert moved.norm() > 0
        assert (fast.images - plain.images).norm() < 1e-9 * moved.norm()


def test_normalised_images_are_neither_clamped_nor_shown_clamped() -> None:
    loop = Loop(host_config({"recipe": "dc", "ipc": 4}), small_data())
    list(loop.start())
    noise = loop.data.normalise(loop.images)
    assert abs(float(noise.mean())) < 0.15 and float(noise.std()) == pytest.approx(1, abs=0.1), "N(0, 1), METHODS A1"
    loop.step = loop.config.inner
    before = loop.images.clone()
    list(loop.fresh_network())
    assert torch.equal(loop.images, before) and torch.equal(loop.shown(), before) and before.min() < 0

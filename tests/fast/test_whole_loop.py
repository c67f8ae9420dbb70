"""Twenty inner loops of the fast path against the plainest loop there is: class by class, differentiated automatically, one
optimiser step of torch's own SGD after another (METHODS A4). Same seed, same draws, same picks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from engine.augment import apply, draw
from engine.config import RunConfig
from engine.decode import decode
from engine.distill.loop import Loop
from engine.distill.sweep import Turn
from engine.fast import Layers
from engine.nets import Network
from engine.objectives.matching import differentiated
from engine.training import cutmix
from tests.small import small_config, small_data

LOOPS = 20
CHANGES: list[dict[str, Any]] = [
    {"recipe": "dream+", "ipc": 2},
    {"recipe": "idc", "batch_real": 5, "ipc": 2, "augment": "color_crop_flip_scale_rotate_cutout"},
    {"objective": "feature", "metric": "l1", "factor": 3},
    {"recipe": "dream", "batch_syn_max": 3, "factor": 1, "ipc": 5, "net_augment": "", "image_momentum": 0.9},
]


@pytest.fixture
def double() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


class PlainLoop(Loop):
    """Draws as `Loop` does and computes nothing as it does."""

    def begin(self) -> None:
        list(self.start())
        self.plain: Network = self._live_student().network
        self.leaf = self.images.clone().requires_grad_()
        self.image_sgd = torch.optim.SGD(
            [self.leaf], self.config.effective_image_lr, momentum=self.config.image_momentum
        )
        self.network_sgd = torch.optim.SGD(self.plain.parameters(), self.config.net_lr, momentum=0.9, weight_decay=5e-4)
        for name, weight in self.plain.named_parameters():  # the warm-up's momentum goes on
            warm = self._live_student().optimiser.velocity[name].clone()
            self.network_sgd.state[weight] = {"momentum_buffer": warm}

    def advance(self) -> None:
        for label in range(self.data.num_classes):
            self.image_step(label)
        self.images.copy_(self.leaf.detach())
        for _ in range(-(-self.config.net_samples_per_step // self.upkeep.batches.batch)):
            self.network_step()
        self.step += 1

    def image_step(self, label: int) -> None:
        turn, own = self._turn(label), slice(label * self.config.ipc, (label + 1) * self.config.ipc)
        real = apply(self.data.normalise(self.data.train_images[turn.real]), turn.drawn)
        decoded = decode(self.leaf[own], self.config.factor)
        syn = apply(self.data.normalise(decoded if turn.subset is None else decoded[turn.subset]), turn.drawn)
        pull, _ = differentiated(self.plain, real, syn, label, self.sweep.matching)
        self.image_sgd.zero_grad()
        syn.backward(pull)
        self.image_sgd.step()

    def network_step(self) -> None:
        positions, draws = self.upkeep.batches.next(), self.streams["network training"]
        x, y = self.data.normalise(self.data.train_images[positions]), self.data.train_labels[positions]
        x = apply(x, draw(self.config.net_augment, len(x), self.data.side, draws))
        other, kept = torch.arange(len(x)), 1.0
        if float(torch.rand((), generator=draws)) < self.config.net_cutmix:
            x, other, kept = cutmix(x, draws)
        self.network_sgd.zero_grad()
        logits = self.plain(x)
        (kept * F.cross_entropy(logits, y) + (1 - kept) * F.cross_entropy(logits, y[other])).backward()
        self.network_sgd.step()


def both(config: RunConfig) -> tuple[Loop, PlainLoop]:
    data = small_data(per_class=20)
    fast, plain = Loop(config, data), PlainLoop(config, data)
    list(fast.start())
    plain.begin()
    for _ in range(LOOPS):
        fast.refresh()
        plain.refresh()
        plain.real.picks = (
            fast.real.picks
        )  # a cluster of two has a tie that the last bit decides, so the picks are handed over
        fast.advance()
        plain.advance()
    return fast, plain


def moved(loop: Loop, start: Tensor) -> Tensor:
    return loop.images - start


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize("changes", CHANGES, ids=lambda c: "-".join(map(str, c.values())))
def test_float64_equals_the_plain_loop(changes: dict[str, Any]) -> None:
    """1e-9 of what the images and the weights moved by, not of their size."""
    config = small_config(outer=1, inner=LOOPS, **changes)
    start = Loop(config, small_data(per_class=20))
    list(start.start())
    fast, plain = both(config)
    ours, theirs = moved(fast, start.images), moved(plain, start.images)
    assert theirs.norm() > 0 and (ours - theirs).norm() < 1e-9 * theirs.norm()
    begun = start._live_student().network.state_dict()
    for name, weight in plain.plain.state_dict().items():
        if (
            "body" in name
            and name.endswith("bias")
            and weight.shape == begun[name].shape
            and int(name.split(".")[1]) % 4 == 0
        ):
            continue  # a convolution's bias: its gradient is zero, what the plain loop moves it by is rounding
        away = weight - begun[name]
        assert (fast._live_student().network.state_dict()[name] - weight).norm() < 1e-9 * away.norm()


@pytest.mark.parametrize("changes", CHANGES[:2], ids=lambda c: "-".join(map(str, c.values())))
def test_float32_stays_near_the_plain_loop(changes: dict[str, Any]) -> None:
    """Stated tolerance: after twenty loops images differ by less than 1 % of what they moved by. (Rounding grows along a
    run: a ReLU that flips or an l1 sign that flips is a step.)"""
    config = small_config(outer=1, inner=LOOPS, **changes)
    start = Loop(config, small_data(per_class=20))
    list(start.start())
    fast, plain = both(config)
    ours, theirs = moved(fast, start.images), moved(plain, start.images)
    assert (ours - theirs).norm() < 1e-2 * theirs.norm()


@pytest.mark.usefixtures("double")
def test_classes_in_one_batch_equal_classes_one_by_one() -> None:
    """As on a GPU: all classes at once, and after memory was short, half of them."""
    config = small_config(outer=1, inner=4, ipc=2, augment="color_crop_scale_rotate_cutout")
    results = []
    for at_once in (1, 2, 3):
        loop = Loop(config, small_data())
        list(loop.start())
        loop.sweep.at_once = at_once
        for _ in range(4):
            loop.refresh()
            loop.advance()
        results.append(loop.images.clone())
    for other in results[1:]:
        torch.testing.assert_close(other, results[0], rtol=1e-10, atol=1e-12)


def test_the_result_does_not_depend_on_who_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bit for bit: the threads of the crew, or one after another."""
    results = []
    for workers in (1, 4):
        monkeypatch.setattr("engine.crew.cores", lambda workers=workers: workers)
        loop = Loop(small_config(outer=1, inner=4, net_samples_per_step=80, batch_real=40), small_data(per_class=40))
        list(loop.start())
        for _ in range(4):
            loop.refresh()
            loop.advance()
        results.append(loop.images.clone())
    assert torch.equal(*results)


def test_short_memory_with_batch_norm_is_told_and_joins_no_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing to halve: classes are worked on one after another already."""
    loop, sizes = Loop(small_config(outer=1, norm="batch"), small_data()), []
    list(loop.start())
    loop.sweep.at_once = 4

    def short(network: Network, layers: Layers | None, images: Tensor, batch: list[Turn]) -> tuple[Tensor, Tensor]:
        sizes.append(len(batch))
        raise torch.OutOfMemoryError("pretended")

    monkeypatch.setattr(loop.sweep, "_batch", short)
    loop.refresh()
    with pytest.raises(torch.OutOfMemoryError):
        loop.advance()
    assert sizes == [1]


@pytest.mark.parametrize(("most", "left", "tried"), [(3, 3, [3]), (1, 1, [3, 1, 1, 1])])
def test_short_memory_halves_the_classes_at_once_and_says_so(
    most: int, left: int, tried: list[int], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    loop, sizes = Loop(small_config(outer=1), small_data()), []
    list(loop.start())
    loop.sweep.at_once, compute = 3, loop.sweep._batch

    def short(network: Network, layers: Layers, images: Tensor, batch: list[Turn]) -> tuple[Tensor, Tensor]:
        sizes.append(len(batch))
        if len(batch) > most:
            raise torch.OutOfMemoryError("pretended")
        return compute(network, layers, images, batch)

    monkeypatch.setattr(loop.sweep, "_batch", short)
    loop.refresh()
    loop.advance()
    assert (loop.sweep.at_once, sizes) == (left, tried)
    assert ("worked on 1 at a time" in caplog.text) == (most == 1)

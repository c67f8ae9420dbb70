"""What one run does, setting by setting, against METHODS A1-A6: written out plainly here, or an invariant of it. In float64, on
images that no other test has seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from engine.data.dataset import Dataset
from engine.distill import distill
from engine.distill.loop import Loop
from engine.distill.ready import Ready
from engine.distill.sweep import Turn
from engine.events import Checkpoint
from engine.fast import Layers
from engine.nets import Network
from engine.streams import below
from engine.training import Regularisation
from tests.small import small_config, small_data

FAMILIES = "color_crop_cutout_flip_scale_rotate"
ALONE: dict[str, Any] = {"pretrain_epochs": 0, "net_samples_per_step": 0, "sampler": "random", "metrics_every": 1000}
"""Networks stay as they were drawn, and nothing is clustered or measured."""


@pytest.fixture(autouse=True)
def double() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def fresh_seed() -> int:
    return int(torch.randint(2**31, ()))


def fresh_data(classes: int = 3, per_class: int = 12) -> Dataset:
    """Its files in no order of class, so that a position in the class is none in the training set."""
    data = small_data(classes, per_class, seed=fresh_seed())
    order = torch.randperm(data.num_train)
    return replace(data, train_images=data.train_images[order], train_labels=data.train_labels[order])


def begun(data: Dataset, **changes: Any) -> Loop:
    loop = Loop(small_config(**{"seed": fresh_seed()} | changes), data)
    list(loop.start())
    return loop


def inner_loop(loop: Loop) -> None:
    if loop.step and loop.outer_ended:
        list(loop.fresh_network())
    loop.refresh()
    loop.advance()


def network_of(loop: Loop) -> Network:
    assert loop.student is not None
    return loop.student.network


def class_images(data: Dataset, label: int) -> Tensor:
    """uint8, in the order of the files."""
    return torch.stack([image for image, own in zip(data.train_images, data.train_labels, strict=True) if own == label])


def features_of(network: Network, data: Dataset, label: int, raw: bool = False) -> Tensor:
    """Features of the pixels in [0, 1], normalised (METHODS A0.2) or `raw`."""
    pixels = class_images(data, label).double() / 255
    mean, std = (torch.tensor(values).view(-1, 1, 1) for values in (data.mean, data.std))
    return network.features(pixels if raw else (pixels - mean) / std).detach()


# -- networks --------------------------------------------------------------------------------------------------------


def test_every_outer_iteration_has_a_network_of_its_own() -> None:
    """Two draws from one distribution are uncorrelated: within six standard deviations, 6 / sqrt(n) of n weights."""
    config = small_config(seed=fresh_seed(), outer=4, inner=1, **ALONE)
    events = distill(config, fresh_data(), torch.device("cpu"), None, Ready(scored=False))
    states = [event.state() for event in events if isinstance(event, Checkpoint)]
    drawn = [torch.cat([w.flatten() for w in below("network", s).values() if w.dim() == 4]) for s in states]
    assert len(drawn) == 4 and len(drawn[0]) > 500
    assert torch.corrcoef(torch.stack(drawn)).fill_diagonal_(0).abs().max() < 6 / len(drawn[0]) ** 0.5


@pytest.mark.parametrize("epochs", [1, 2])
def test_each_network_is_warmed_up_on_the_real_images(epochs: int) -> None:
    """METHODS A6 no. 2. In batches as large as the training set there is no order to draw: an epoch is one step of torch's own
    SGD. The network that it starts from is that of a run with the same seed and no warm-up."""
    data, seed = fresh_data(), fresh_seed()
    how = ALONE | {"seed": seed, "inner": 1, "sampler": "center", "net_augment": "", "net_cutmix": 0.0}
    how |= {"batch_real": data.num_train}
    cold, warm = begun(data, **how), begun(data, **how | {"pretrain_epochs": epochs})
    for _ in range(2):
        start, plain = network_of(cold).state_dict(), deepcopy(network_of(cold))
        sgd = torch.optim.SGD(plain.parameters(), 0.01, momentum=0.9, weight_decay=5e-4)
        for _ in range(epochs):
            sgd.zero_grad()
            F.cross_entropy(plain(data.normalise(data.train_images)), data.train_labels).backward()
            sgd.step()
        for name, weight in network_of(warm).state_dict().items():
            away = plain.state_dict()[name] - start[name]
            torch.testing.assert_close(weight - start[name], away, rtol=1e-8, atol=1e-13)
        for loop in (cold, warm):
            loop.refresh()
            loop.advance()
            list(loop.fresh_network())


def test_a_warm_up_epoch_takes_every_batch_the_short_last_one_included() -> None:
    loop = Loop(small_config(seed=fresh_seed(), batch_real=7, pretrain_epochs=2), fresh_data())
    assert list(loop.start()) == [(done, 12) for done in range(1, 13)], "36 images in batches of 7: 6 steps, twice"


def test_a_network_is_trained_on_the_synthetic_images_in_batches_of_256() -> None:
    """METHODS A1. 256 images in one batch leave no order to draw: an epoch is one step of torch's own SGD without momentum."""
    data = fresh_data(classes=2)
    loop = begun(
        data, **ALONE | {"recipe": "dc", "factor": 1, "ipc": 128, "net_epochs": 2, "image_lr": 0.1, "inner": 2}
    )
    plain = deepcopy(network_of(loop))
    inner_loop(loop)
    sgd, labels = torch.optim.SGD(plain.parameters(), 0.01), torch.arange(2).repeat_interleave(128)
    for _ in range(2):
        sgd.zero_grad()
        F.cross_entropy(plain(data.normalise(loop.images)), labels).backward()
        sgd.step()
    for ours, theirs in zip(network_of(loop).parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-13)


def test_more_than_256_synthetic_images_are_split_and_each_is_seen_once_an_epoch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = begun(
        fresh_data(classes=2), **ALONE | {"recipe": "dc", "factor": 1, "ipc": 129, "net_epochs": 2, "inner": 2}
    )
    seen: list[tuple[Tensor, Tensor]] = []

    def step(images: Tensor, labels: Tensor, _how: Regularisation, _draws: Generator) -> None:
        seen.append((images, labels))

    monkeypatch.setattr(loop.student, "step", step)
    inner_loop(loop)
    assert [len(labels) for _, labels in seen] == [256, 2, 256, 2]
    whole = loop.data.normalise(loop.images).flatten(1)
    for epoch in (seen[:2], seen[2:]):
        images, labels = (torch.cat(part) for part in zip(*epoch, strict=True))
        which = torch.cdist(images.flatten(1), whole).argmin(1)
        assert which.sort().values.tolist() == list(range(258)) and torch.equal(labels, which // 129)


# -- real images -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("embedding", ["normalised", "raw"])
@pytest.mark.parametrize("sampler", ["center", "boundary"])
def test_the_batch_is_the_one_end_of_the_class_that_was_asked_for(sampler: str, embedding: str) -> None:
    """Distances to the mean feature, nearest or farthest first, of the pixels that `embedding` names (METHODS A5 no. 3, A6.1):
    half the class in order, which no other pixels and no other end give."""
    data = fresh_data(per_class=30)
    loop = begun(data, sampler=sampler, embedding=embedding, clusters=15)
    _, picked = loop.refresh()
    assert [label for label, _ in picked] == [0, 1, 2]
    for label, positions in picked:
        features = features_of(network_of(loop), data, label, raw=embedding == "raw")
        away = [float((f - features.mean(0)).square().sum()) for f in features]
        order = sorted(range(30), key=away.__getitem__, reverse=sampler == "boundary")
        members = (data.train_labels == label).nonzero().flatten()
        assert positions.tolist() == members[order[:15]].tolist()


def test_what_is_measured_does_not_follow_what_picking_sees() -> None:
    """Real and synthetic features are compared, so both are of normalised pixels, as the network is trained on them."""
    data, seed = fresh_data(), fresh_seed()
    measured = {}
    for embedding in ("normalised", "raw"):
        # Random batches: the same ones whatever the embedding.
        loop = begun(data, seed=seed, recipe="idc", metrics_every=1, embedding=embedding)
        measured[embedding], _ = loop.refresh()
    assert {"mmd.synthetic", "feature.difference", "mmd.random"} <= {*measured["raw"]}
    assert measured["raw"] == measured["normalised"]


def check_how_often(counts: Sequence[int], clustering: str, features: Tensor) -> None:
    """As many clusters as images. Distinct: each image once. As released (METHODS A5): starts drawn with replacement, so that many
    clusters run empty and become the zero vector, whose nearest image, the one of the smallest norm, is taken again and again."""
    if clustering == "distinct":
        assert set(counts) == {1}
    else:
        assert max(counts) > 1 and counts[int(features.norm(dim=1).argmin())] == max(counts)


@pytest.mark.parametrize("clustering", ["distinct", "official"])
def test_the_picks_repeat_images_only_with_the_released_clustering(clustering: str) -> None:
    data = fresh_data(per_class=24)
    loop = begun(data, recipe="dream+", init="random", clustering=clustering, clusters=24)
    for label, positions in loop.refresh()[1]:
        members = (data.train_labels == label).nonzero().flatten()
        counts = [int((positions == member).sum()) for member in members]
        assert sum(counts) == 24
        check_how_often(counts, clustering, features_of(network_of(loop), data, label))


@pytest.mark.parametrize("clustering", ["distinct", "official"])
def test_the_starting_images_repeat_only_with_the_released_clustering(clustering: str) -> None:
    """By the features of the first network, once it is warmed up (METHODS A5 no. 2, A6 no. 2)."""
    data = fresh_data(per_class=24)
    loop = begun(data, recipe="dream+", init="clustered", clustering=clustering, factor=1, ipc=24)
    for label in range(3):
        stored = loop.images[24 * label :][:24]
        counts = [int((stored == image / 255).flatten(1).all(1).sum()) for image in class_images(data, label)]
        assert sum(counts) == 24
        check_how_often(counts, clustering, features_of(network_of(loop), data, label))


def test_first_takes_the_first_images_of_the_files_tile_by_tile() -> None:
    """METHODS A4: image k * ipc + i of the class is shrunk, nearest pixels, into tile k of stored image i."""
    data = fresh_data()
    stored = begun(data, init="first", ipc=2, factor=2).images
    for label in range(3):
        images = class_images(data, label) / 255
        for i in range(2):
            for k, (y, x) in enumerate([(0, 0), (0, 4), (4, 0), (4, 4)]):
                assert torch.equal(stored[2 * label + i, :, y : y + 4, x : x + 4], images[2 * k + i, :, ::2, ::2])


# -- synthetic images and augmentation -------------------------------------------------------------------------------


@pytest.mark.parametrize("recipe", ["idc", "dm"])
def test_a_fresh_random_choice_of_the_synthetic_images_takes_part(recipe: str) -> None:
    """METHODS A4: without momentum, only those move. Two of six, 120 times: each 40 times, within six standard deviations."""
    how = {"recipe": recipe, "factor": 1, "ipc": 6, "batch_syn_max": 2, "augment": "", "inner": 40, "image_lr": 0.01}
    loop = begun(fresh_data(), **ALONE | how | {"image_momentum": 0.0, "metric": "mse"})
    moved = []
    for _ in range(40):
        before = loop.images.clone()
        inner_loop(loop)
        moved.append((loop.images != before).flatten(1).any(1).view(3, 6))
    took_part = torch.stack(moved)  # [40, 3, 6]
    assert (took_part.sum(2) == 2).all()
    assert (took_part.sum((0, 1)) - 40).abs().max() < 6 * (120 / 3 * 2 / 3) ** 0.5
    assert not torch.equal(took_part[:, 0], took_part[:, 1]), "a choice for each class"


@pytest.mark.parametrize("strategy", [FAMILIES, "one_" + FAMILIES])
@pytest.mark.parametrize("recipe", ["idc", "dsa"])
def test_a_class_matched_with_itself_pulls_at_nothing(recipe: str, strategy: str) -> None:
    """METHODS A6.7: S and the real batch are the whole class, each in its own order. Whatever is drawn, it is drawn once for both
    and is the same for all their images, so every mean is the same. Against noise, the same run does pull."""
    data = fresh_data(per_class=6)
    how = {"recipe": recipe, "factor": 1, "ipc": 6, "batch_real": 6, "augment": strategy, "inner": 12, "metric": "mse"}
    how |= {"objective": "both", "net_epochs": 1, "image_lr": 0.01}
    for init, pulls in (("first", False), ("noise", True)):
        loop = begun(data, **ALONE | how | {"init": init})
        start = loop.images.clone()
        for _ in range(12 if init == "first" else 1):
            inner_loop(loop)
        values = [value for _, losses in loop.losses() for value in losses.values()]
        assert (min(values) > 1e-6) if pulls else (max(values) < 1e-20)
        assert bool((loop.images - start).abs().max() > 1e-9) == pulls


def turns_of(loop: Loop, sweeps: int, monkeypatch: pytest.MonkeyPatch) -> list[Turn]:
    """What each class step of so many inner loops was given."""
    taken: list[Turn] = []
    gradients = loop.sweep.gradients

    def noted(network: Network, layers: Layers | None, images: Tensor, turns: Sequence[Turn]) -> tuple[Tensor, Tensor]:
        taken.extend(turns)
        return gradients(network, layers, images, turns)

    monkeypatch.setattr(loop.sweep, "gradients", noted)
    for _ in range(sweeps):
        inner_loop(loop)
    return taken


@pytest.mark.parametrize("strategy", [FAMILIES, "one_" + FAMILIES])
def test_no_two_class_steps_share_a_draw(strategy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """METHODS A2: fresh for each class of each inner loop, and one row for both batches. Shifts and flips of whole pixels may
    come up twice, colours do not. DSA's family is drawn anew, too: of six in 60 steps at least five."""
    loop = begun(fresh_data(), **ALONE | {"augment": strategy, "inner": 4})
    turns = turns_of(loop, 20, monkeypatch)
    assert [turn.label for turn in turns] == [0, 1, 2] * 20
    assert all(len(row) == 1 for turn in turns for row in turn.drawn.values())
    for name in ("color", "scale", "rotate"):
        rows = [row for turn in turns for own, row in turn.drawn.items() if own == name]
        assert rows and len(torch.cat(rows)[:, 0].unique()) == len(rows)
    if strategy.startswith("one_"):
        assert len({tuple(turn.drawn) for turn in turns}) >= 5
        alike = [tuple(turns[i].drawn) == tuple(turns[i + 1].drawn) for i in range(0, 60, 3)]
        assert not all(alike), "classes 0 and 1 of a step"

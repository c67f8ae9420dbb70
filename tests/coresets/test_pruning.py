"""Pruning: scores against loops, exact shares, and a dataset that is the old one's part under a name of its own."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Generator, Tensor

from engine.coresets import pruning as module
from engine.coresets.dynamics import Dynamics
from engine.coresets.pruning import PRUNERS, kept, prune, subset, uncertainty
from engine.data.dataset import Dataset
from engine.errors import BadConfig
from engine.events import Progress
from tests.small import small_config, small_data


@pytest.fixture
def draws() -> Generator:
    """Other data on each run; pytest shows the seed when a test fails."""
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    return torch.Generator().manual_seed(seed)


def last(items: Iterable[Progress | Dataset]) -> Dataset:
    *progress, found = items
    assert isinstance(found, Dataset) and all(isinstance(item, Progress) for item in progress)
    return found


@pytest.mark.parametrize(("epochs", "window"), [(2, 10), (9, 10), (10, 10), (11, 10), (25, 10), (6, 2)])
def test_uncertainty_is_numpy_s_spread_in_each_window(epochs: int, window: int, draws: Generator) -> None:
    probability = torch.rand(epochs, 13, generator=draws, dtype=torch.float64)
    history, size = probability.numpy(), min(window, epochs)
    expected = [
        np.mean([np.std(history[t : t + size, i], ddof=1) for t in range(epochs - size + 1)]) for i in range(13)
    ]
    np.testing.assert_allclose(uncertainty(probability, window).numpy(), expected, rtol=1e-12)


def test_uncertainty_stays_within_its_bounds() -> None:
    extremes = torch.tensor([[0.0, 1.0, 0.5], [1.0, 1.0, 0.5]])
    torch.testing.assert_close(uncertainty(extremes), torch.tensor([0.5**0.5, 0.0, 0.0]))


def test_each_pruner_prefers_what_it_is_named_after(draws: Generator) -> None:
    """Four images: learnt at once, never learnt, wavering, learnt late."""
    learnt = torch.tensor([[1, 0, t % 2, t > 8] for t in range(12)], dtype=torch.bool)
    probability = torch.where(learnt, 0.9, 0.1) + 0.01 * torch.rand(12, 4, generator=draws)
    found = Dynamics(probability, learnt, 2**0.5 * (1 - probability))
    order = {name: score(found, draws).argsort(descending=True).tolist() for name, score in PRUNERS.items()}
    assert order["easy"][0] == 0 and order["easy"][-1] == 1 and order["hard"] == order["easy"][::-1]
    assert order["uncertainty"][:2] == [2, 3]
    assert order["forgetting"][:2] == [1, 2]
    assert order["el2n"][0] == 1 and order["el2n"][1:] == [3, 2, 0]
    assert sorted(order["random"]) == [0, 1, 2, 3]


def test_el2n_reads_the_first_epochs_only(draws: Generator) -> None:
    error = torch.rand(15, 20, generator=draws)
    found = Dynamics(error, error > 0.5, error)
    torch.testing.assert_close(PRUNERS["el2n"](found, draws), sum(error[:10].unbind()) / 10)


def test_equally_forgotten_images_are_kept_at_random(draws: Generator) -> None:
    found = Dynamics(torch.ones(3, 40), torch.ones(3, 40, dtype=torch.bool), torch.zeros(3, 40))
    assert len({tuple(kept(PRUNERS["forgetting"](found, draws), 0.5).tolist()) for _ in range(5)}) > 1


@pytest.mark.parametrize("fraction", [0.0, 0.25, 0.29, 0.5, 0.75, 0.9, 1.0])
def test_the_top_share_is_kept_in_order(fraction: float, draws: Generator) -> None:
    scores = torch.rand(100, generator=draws)
    positions = kept(scores, fraction)
    best = sorted(range(100), key=lambda i: -float(scores[i]))[: round(100 * fraction)]
    assert positions.dtype == torch.int64 and positions.tolist() == sorted(best)


@pytest.mark.parametrize("fraction", [0.1, 0.5, 0.9])
def test_with_labels_the_top_share_of_each_class_is_kept(fraction: float, draws: Generator) -> None:
    labels = torch.tensor([0] * 10 + [1] * 30 + [2] * 60)[torch.randperm(100, generator=draws)]
    scores = torch.rand(100, generator=draws) + labels  # globally, class 2 would be kept first
    positions = kept(scores, fraction, labels)
    assert positions.tolist() == sorted(positions.tolist())
    for label, size in ((0, 10), (1, 30), (2, 60)):
        mine = (labels == label).nonzero().flatten().tolist()
        best = sorted(mine, key=lambda i: -float(scores[i]))[: round(size * fraction)]
        assert [i for i in positions.tolist() if i in mine] == sorted(best)


def test_of_equal_scores_the_first_are_kept() -> None:
    scores = torch.arange(1000) % 2  # enough of them that an unstable sort would mix them
    assert kept(scores, 0.3).tolist() == list(range(1, 600, 2))


@pytest.mark.parametrize("balanced", [True, False])
@pytest.mark.parametrize("method", PRUNERS)
def test_what_is_left_is_a_part_of_the_data(method: str, balanced: bool, tmp_path: Path) -> None:
    config, data = small_config(), small_data()
    found = last(prune(config, data, method, 0.75, balanced, tmp_path, seed=3))
    assert found.num_train == 27
    if balanced:
        assert Counter(found.train_labels.tolist()) == {0: 9, 1: 9, 2: 9}
    rows = [
        (image.numpy().tobytes(), label)
        for image, label in zip(found.train_images, found.train_labels.tolist(), strict=True)
    ]
    before = [
        (image.numpy().tobytes(), label)
        for image, label in zip(data.train_images, data.train_labels.tolist(), strict=True)
    ]
    where = [before.index(row) for row in rows]
    assert where == sorted(set(where))  # each once, in the old order
    assert all((found.train_labels[members] == label).all() for label, members in enumerate(found.members))
    assert torch.equal(found.test_images, data.test_images) and found.classes == data.classes
    again = last(prune(config, data, method, 0.75, balanced, tmp_path, seed=3))
    assert again.fingerprint == found.fingerprint != data.fingerprint


def test_the_fingerprint_tells_which_images_are_left() -> None:
    data, other = small_data(), small_data(seed=1)

    def name(of: Dataset, *positions: int) -> str:
        return subset(of, torch.tensor(positions)).fingerprint

    names = [name(data, 0, 1, 2), name(data, 0, 1, 3), name(data, 0, 1), name(other, 0, 1, 2)]
    assert len(set(names)) == 4 and all(len(one) == 64 for one in names)
    assert name(data, 0, 1, 2) == names[0]


def test_members_are_counted_anew() -> None:
    data = small_data()
    assert [len(mine) for mine in data.members] == [12, 12, 12]  # cached on the old one
    assert [mine.tolist() for mine in subset(data, torch.tensor([0, 3, 5])).members] == [[0, 1], [], [2]]


def test_random_and_the_whole_need_no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "training_dynamics", None)  # calling it would fail
    config, data = small_config(), small_data()
    halves = {last(prune(config, data, "random", 0.5, False, tmp_path, seed)).fingerprint for seed in range(4)}
    assert len(halves) == 4
    assert last(prune(config, data, "uncertainty", 1.0, False, tmp_path, 0)) is data


def test_a_class_left_empty_is_refused_with_advice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config, data = small_config(), small_data()

    def by_class(dynamics: Dynamics, draws: Generator) -> Tensor:
        return data.train_labels

    monkeypatch.setitem(PRUNERS, "random", by_class)
    with pytest.raises(BadConfig, match=r"keep 0\.5 .*class 'class 0'.*keep_per=class") as caught:
        last(prune(config, data, "random", 0.5, False, tmp_path, 0))
    assert list(caught.value.problems) == ["keep"]
    assert last(prune(config, data, "random", 0.5, True, tmp_path, 0)).num_train == 18
    with pytest.raises(BadConfig, match="raise keep"):
        last(prune(config, data, "random", 0.01, True, tmp_path, 0))


def test_an_unknown_method_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="Did you mean 'uncertainty'"):
        last(prune(small_config(), small_data(), "uncertanty", 0.5, False, tmp_path, 0))

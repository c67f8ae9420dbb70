"""The rules by which coresets pick: against double loops in float64, and against what each rule promises."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from itertools import combinations

import pytest
import torch
from torch import Generator, Tensor

from engine.coresets import CORESETS, medoids
from engine.coresets.forgetting import forgetting_counts, least_forgotten, most_forgotten
from engine.coresets.herding import herding
from engine.coresets.k_center import k_center

Selector = Callable[[Tensor, int, Generator], Tensor]
GEOMETRIC: dict[str, Selector] = {"herding": herding, "k-center": k_center, "medoids": medoids}


@pytest.fixture
def draws() -> Generator:
    """Other data on each run; pytest shows the seed when a test fails."""
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    return torch.Generator().manual_seed(seed)


def features_of(n: int, draws: Generator, d: int = 5) -> Tensor:
    """float64 [n, d], off the origin: rules that are relative to the mean must not read it as zero."""
    return torch.randn(n, d, generator=draws, dtype=torch.float64) * 3 + 7


def slow_herding(features: Tensor, count: int) -> list[int]:
    mu, total, picks = features.mean(0), torch.zeros_like(features[0]), list[int]()
    for k in range(count):
        left = [i for i in range(len(features)) if i not in picks]
        picks.append(min(left, key=lambda i: float(((k + 1) * mu - (total + features[i])).norm())))
        total = total + features[picks[-1]]
    return picks


def slow_k_center(features: Tensor, count: int) -> list[int]:
    picks = [min(range(len(features)), key=lambda i: float((features[i] - features.mean(0)).norm()))]
    while len(picks) < count:
        left = [i for i in range(len(features)) if i not in picks]
        picks.append(max(left, key=lambda i: min(float((features[i] - features[s]).norm()) for s in picks)))
    return picks


@pytest.mark.parametrize("count", [1, 2, 7, 23])
def test_herding_is_the_greedy_rule_of_the_paper(count: int, draws: Generator) -> None:
    features = features_of(23, draws)
    assert herding(features, count, draws).tolist() == slow_herding(features, count)


def test_each_pick_of_herding_leaves_the_running_mean_closest(draws: Generator) -> None:
    features = features_of(30, draws)
    picks = herding(features, 12, draws).tolist()
    for k in range(12):
        others = [i for i in range(30) if i not in picks[: k + 1]]
        errors = [(features[[*picks[:k], i]].mean(0) - features.mean(0)).norm() for i in (picks[k], *others)]
        assert errors[0] <= min(errors) + 1e-12


def test_herding_stays_closer_to_the_mean_than_random_sets(draws: Generator) -> None:
    features = features_of(200, draws)
    error = (features[herding(features, 20, draws)].mean(0) - features.mean(0)).norm()
    random = [features[torch.randperm(200, generator=draws)[:20]].mean(0) for _ in range(200)]
    assert error < 0.5 * torch.stack([(mean - features.mean(0)).norm() for mean in random]).median()


@pytest.mark.parametrize("count", [1, 2, 7, 23])
def test_k_center_is_farthest_first_from_the_middle(count: int, draws: Generator) -> None:
    features = features_of(23, draws)
    assert k_center(features, count, draws).tolist() == slow_k_center(features, count)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_k_center_is_within_twice_the_least_radius(count: int, draws: Generator) -> None:
    features = features_of(10, draws, d=2)
    distance = torch.cdist(features, features)

    def radius(centres: list[int]) -> float:
        return float(distance[:, centres].min(1).values.max())

    least = min(radius(list(centres)) for centres in combinations(range(10), count))
    assert radius(k_center(features, count, draws).tolist()) <= 2 * least + 1e-12


@pytest.mark.parametrize("selector", GEOMETRIC.values(), ids=GEOMETRIC)
def test_one_pick_is_the_image_nearest_to_the_mean(selector: Selector, draws: Generator) -> None:
    features = features_of(50, draws)
    assert selector(features, 1, draws).tolist() == [int((features - features.mean(0)).norm(dim=1).argmin())]


@pytest.mark.parametrize("kind", ["plain", "equal", "huge", "one infinite", "nan"])
@pytest.mark.parametrize("count", [1, 4, 12])
@pytest.mark.parametrize("selector", GEOMETRIC.values(), ids=GEOMETRIC)
def test_picks_are_distinct_whatever_the_features(selector: Selector, count: int, kind: str, draws: Generator) -> None:
    """Also of equal images, and of what a network that diverged gives."""
    features = features_of(12, draws).float()
    if kind == "equal":
        features = features[:3].repeat(4, 1)
    elif kind == "huge":
        features *= 1e30  # their squares are beyond float32
    elif kind != "plain":
        features[3] = float("inf" if kind == "one infinite" else "nan")
    picks = selector(features, count, draws)
    assert picks.dtype == torch.int64 and picks.shape == (count,)
    assert len(set(picks.tolist())) == count and picks.min() >= 0 and picks.max() < 12


def test_medoids_stand_for_separate_groups_by_their_middles(draws: Generator) -> None:
    """K-means finds two groups far apart from nearly any start, so surely from one in ten."""
    middles = torch.eye(2, 5, dtype=torch.float64) * 1000
    groups = middles.unsqueeze(1) + torch.randn(2, 9, 5, generator=draws, dtype=torch.float64)
    nearest = {9 * g + int((group - group.mean(0)).norm(dim=1).argmin()) for g, group in enumerate(groups)}
    assert nearest in [set(medoids(groups.flatten(0, 1), 2, draws).tolist()) for _ in range(10)]


@pytest.mark.parametrize("epochs", [1, 2, 9])
def test_forgetting_counts_are_those_of_a_double_loop(epochs: int, draws: Generator) -> None:
    correct = torch.rand(epochs, 60, generator=draws) < torch.rand(60, generator=draws)
    correct[:, :2] = False
    expected = []
    for i in range(60):
        history = correct[:, i].tolist()
        events = sum(history[t] and not history[t + 1] for t in range(epochs - 1))
        expected.append(events if any(history) else epochs)
    counts = forgetting_counts(correct)
    assert counts.dtype == torch.int64 and counts.tolist() == expected


def test_never_learnt_is_more_than_any_count_can_be() -> None:
    history = torch.tensor([True, False] * 4)  # forgotten as often as eight epochs allow
    counts = forgetting_counts(torch.stack([history, torch.zeros(8, dtype=torch.bool)], 1))
    assert counts.tolist() == [4, 8]


@pytest.mark.parametrize("count", [1, 5, 40])
def test_most_and_least_forgotten_are_the_ends_of_the_order(count: int, draws: Generator) -> None:
    counts = torch.randint(5, (40,), generator=draws)
    for chooser, expected in (
        (most_forgotten, sorted(counts.tolist())[::-1]),
        (least_forgotten, sorted(counts.tolist())),
    ):
        picks = chooser(counts, count, draws)
        assert picks.dtype == torch.int64 and len(set(picks.tolist())) == count
        assert counts[picks].tolist() == expected[:count]


@pytest.mark.parametrize("chooser", [most_forgotten, least_forgotten])
def test_ties_are_drawn_evenly(chooser: Selector, draws: Generator) -> None:
    """Of 10 equal images each is among 3 in 30 % of 2,000 draws; six standard deviations are 6 %."""
    hits = torch.zeros(10)
    for _ in range(2000):
        hits[chooser(torch.zeros(10, dtype=torch.int64), 3, draws)] += 1
    assert ((hits / 2000 - 0.3).abs() < 0.062).all()


def test_same_draws_same_picks(draws: Generator) -> None:
    features, seed = features_of(30, draws), secrets.randbits(32)
    for coreset in CORESETS.values():
        known = features if coreset.needs == "trained" else torch.zeros(30, dtype=torch.int64)
        first, second = (coreset.pick(known, 6, torch.Generator().manual_seed(seed)) for _ in range(2))
        assert torch.equal(first, second)

"""K-means of all classes together: against Lloyd written as loops, against fast-pytorch-kmeans, and whatever the sizes."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from fast_pytorch_kmeans import KMeans
from torch import Tensor

from engine.sampling import kmeans as module
from engine.sampling.kmeans import joined, lloyd, nearest_members, representatives, stacked

SIZES = (40, 61, 45, 40, 97)


def draws(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def blobs(sizes: tuple[int, ...] = SIZES, dimensions: int = 6, groups: int = 5, seed: int = 0) -> list[Tensor]:
    """Per class float64 [n, d]: a few overlapping heaps, far from the origin as features are."""
    g = draws(seed)
    made = []
    for n in sizes:
        heaps = torch.randn(groups, dimensions, generator=g, dtype=torch.float64) * 2 + 3
        noise = torch.randn(n, dimensions, generator=g, dtype=torch.float64)
        made.append(heaps[torch.randint(groups, (n,), generator=g)] + noise)
    return made


def slow_lloyd(features: Tensor, centres: Tensor, iterations: int) -> Tensor:
    """Lloyd's iteration image by image and cluster by cluster; features [n, d], centres [C, d]."""
    for _ in range(iterations):
        owner, away = [], []
        for image in features:
            distances = [float((image - centre).square().sum()) for centre in centres]
            away.append(min(distances))
            owner.append(distances.index(away[-1]))
        far = iter(sorted(range(len(features)), key=lambda i: -away[i]))
        moved = []
        for c in range(len(centres)):
            members = [i for i in range(len(features)) if owner[i] == c]
            moved.append(features[members].mean(0) if members else features[next(far)])
        centres = torch.stack(moved)
    return centres


def inertia(features: Tensor, centres: Tensor) -> float:
    return float(torch.cdist(features, centres).min(1).values.square().sum())


@pytest.mark.parametrize("iterations", [1, 2, 7])
@pytest.mark.parametrize("far_starts", [0, 3])
def test_equals_lloyd_written_as_loops(iterations: int, far_starts: int) -> None:
    """Far starts are nearest to no image: such a cluster is empty and starts again at the farthest image."""
    features = blobs()
    starts = [f[:7].clone() for f in features]
    for start in starts:
        start[:far_starts] += 1000
    x, inside = stacked(features)
    found = lloyd(x, inside, torch.stack(starts), iterations)
    for f, start, centres in zip(features, starts, found, strict=True):
        expected = slow_lloyd(f, start, iterations)
        torch.testing.assert_close(centres, expected, atol=1e-9, rtol=0)
        assert torch.equal(torch.cdist(f, centres).argmin(1), torch.cdist(f, expected).argmin(1))


@pytest.mark.parametrize("sums", [module._sums_by_adding, module._sums_by_product])
def test_an_iteration_reads_no_value(monkeypatch: pytest.MonkeyPatch, sums: object) -> None:
    """On the meta device there are none: whatever would wait for the device or branch on a tensor fails."""
    monkeypatch.setattr(module, "_sums", sums)
    x = torch.empty(3, 50, 4, device="meta")
    inside = torch.empty(3, 50, dtype=torch.bool, device="meta")
    assert lloyd(x, inside, torch.empty(3, 7, 4, device="meta"), 2).shape == (3, 7, 4)


def test_no_iteration_leaves_the_starts() -> None:
    features = blobs()
    starts = torch.stack([f[:3] for f in features])
    assert torch.equal(lloyd(*stacked(features), starts, 0), starts)


def test_the_two_ways_to_add_agree() -> None:
    x, inside = stacked(blobs())
    owner = torch.randint(6, inside.shape, generator=draws()).masked_fill(~inside, 8)  # clusters 6 and 7 are empty
    for adding, product in zip(
        module._sums_by_adding(x, owner, 8), module._sums_by_product(x, owner, 8), strict=True
    ):  # fmt: skip
        torch.testing.assert_close(adding, product, atol=1e-10, rtol=0)


@pytest.mark.parametrize(("clusters", "per_cluster"), [(1, 1), (8, 1), (8, 5), (40, 1), (20, 2), (1, 40)])
@pytest.mark.parametrize("iterations", [0, 4])
def test_picks_are_distinct_and_inside_their_class(clusters: int, per_cluster: int, iterations: int) -> None:
    features = blobs(seed=clusters)
    picks = None
    for _ in range(3):  # from scratch, then twice from the last picks
        picks = representatives(features, clusters, per_cluster, draws(), picks, iterations)
        assert len(picks) == len(features)
        for f, chosen in zip(features, picks, strict=True):
            assert chosen.dtype == torch.int64 and chosen.shape == (clusters * per_cluster,)
            assert len(set(chosen.tolist())) == len(chosen) and chosen.min() >= 0 and chosen.max() < len(f)


@pytest.mark.parametrize("seed", range(5))
def test_picks_stay_distinct_among_many_equal_images(seed: int) -> None:
    """Six images, each ten times, leave most of the 20 clusters empty, however often they start again."""
    features = [f.repeat(10, 1) for f in blobs((6, 6, 6), seed=seed)]
    picks = representatives(features, 20, 2, draws(seed))
    for chosen in representatives(features, 20, 2, draws(seed), picks):
        assert len(set(chosen.tolist())) == 40


def test_picks_are_distinct_even_without_sensible_features() -> None:
    """What a network that diverged gives must not take the run down before the loss says so."""
    features = [torch.full((12, 3), value) for value in (float("nan"), float("inf"), 0.0)]
    for chosen in representatives(features, 3, 2, draws()):
        assert len(set(chosen.tolist())) == 6 and chosen.min() >= 0 and chosen.max() < 12


def test_own_members_come_first_and_the_nearest_of_them() -> None:
    features = blobs()
    x, inside = stacked(features)
    centres = lloyd(x, inside, torch.stack([f[:6] for f in features]), 3)
    for f, c, chosen in zip(features, centres, nearest_members(x, inside, centres, 5), strict=True):
        distance = torch.cdist(f, c)
        owner = distance.argmin(1)
        for cluster, row in enumerate(chosen.view(6, 5).tolist()):
            members = [i for i in distance[:, cluster].argsort().tolist() if owner[i] == cluster]
            assert row[: len(members)] == members[:5]
            assert all(owner[i] != cluster for i in row[len(members) :])


def test_gaps_are_filled_with_the_nearest_images_that_are_free() -> None:
    """Positions on a line, two centres with two picks each; the second has one member, and its neighbour 3 is taken."""
    x = torch.tensor([0.0, 1.0, 2.0, 3.0, 9.0]).view(1, 5, 1)
    inside = torch.ones(1, 5, dtype=torch.bool)
    picks = nearest_members(x, inside, torch.tensor([2.6, 9.0]).view(1, 2, 1), 2)
    assert picks.tolist() == [[3, 2, 4, 1]]


@pytest.mark.parametrize("per_cluster", [1, 3])
def test_classes_together_equal_each_class_alone(monkeypatch: pytest.MonkeyPatch, per_cluster: int) -> None:
    """Sizes differ, and the limit puts one, some or all classes into a group: the picks are the same."""
    features = blobs()
    last = [torch.randperm(len(f), generator=draws(9))[: 8 * per_cluster] for f in features]
    alone = [
        representatives([f], 8, per_cluster, draws(), [start])[0] for f, start in zip(features, last, strict=True)
    ]  # fmt: skip
    for limit, fullest in ((1, 0.75), (1500, 0.75), (10**9, 0.75), (10**9, 0.0)):
        monkeypatch.setattr(module, "CPU_VALUES", limit)
        monkeypatch.setattr(module, "FULLEST", fullest)
        together = representatives(features, 8, per_cluster, draws(), last)
        assert all(torch.equal(a, b) for a, b in zip(alone, together, strict=True))


def test_groups_hold_every_class_once_stay_small_and_waste_little() -> None:
    sizes = [100, 7, 55, 90, 101, 8, 54, 400]
    for limit in (1, 1000, 2050, 10**6):
        groups = list(joined(sizes, 10, limit))
        assert sorted(label for group in groups for label in group) == list(range(len(sizes)))
        for group in groups:
            held = [sizes[label] for label in group]
            assert len(group) == 1 or len(group) * max(held) * 10 <= limit
            assert min(held) >= 0.75 * max(held)
    assert len(groups) == 4  # 400; 101, 100, 90; 55, 54; 8, 7


@pytest.mark.parametrize("per_cluster", [1, 4])
def test_a_warm_start_is_lloyd_from_the_mean_of_each_cluster_s_picks(per_cluster: int) -> None:
    features = blobs()
    last = [torch.randperm(len(f), generator=draws(3))[: 7 * per_cluster] for f in features]
    picks = representatives(features, 7, per_cluster, draws(), last, 3)
    for f, start, chosen in zip(features, last, picks, strict=True):
        centres = slow_lloyd(f, f[start.view(7, per_cluster)].mean(1), 3)
        x, inside = stacked([f])
        assert torch.equal(chosen, nearest_members(x, inside, centres.unsqueeze(0), per_cluster)[0])


def test_a_warm_start_draws_nothing() -> None:
    features, g = blobs(), draws(1)
    picks = representatives(features, 8, 1, g)
    before = g.get_state()
    assert not torch.equal(before, draws(1).get_state())
    representatives(features, 8, 1, g, picks)
    assert torch.equal(g.get_state(), before)


def test_warm_iterations_end_where_fresh_ones_would() -> None:
    """Started again and again on features that stay, it goes on with the same descent: inertia never rises much."""
    features = blobs((300, 280), groups=30)
    picks = representatives(features, 12, 1, draws(), iterations=1)
    values = []
    for _ in range(6):
        picks = representatives(features, 12, 1, draws(), picks, 4)
        starts = torch.stack([f[p] for f, p in zip(features, picks, strict=True)])
        centres = lloyd(*stacked(features), starts, 4)
        values.append(sum(inertia(f, c) for f, c in zip(features, centres, strict=True)))
    assert all(after <= before * 1.02 for before, after in pairwise(values))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_same_input_same_bits(dtype: torch.dtype) -> None:
    features = [f.to(dtype) for f in blobs((200, 150, 190), dimensions=33)]
    results = []
    for _ in range(3):
        picks = representatives(features, 20, 2, draws(5))
        x, inside = stacked(features)
        starts = torch.stack([f[p[:20]] for f, p in zip(features, picks, strict=True)])
        results.append((torch.stack(picks), lloyd(x, inside, starts, 5)))
    assert all(torch.equal(a, b) for other in results[1:] for a, b in zip(results[0], other, strict=True))


@pytest.mark.parametrize("seed", range(4))
def test_as_good_as_fast_pytorch_kmeans(seed: int) -> None:
    """The same starts, and as many iterations as it wants there: the sum of squares is at most a few percent higher."""
    features = [f.float() for f in blobs((400, 380), dimensions=16, groups=25, seed=seed)]
    starts = torch.stack([f[torch.randperm(len(f), generator=draws(seed))[:20]] for f in features])
    ours = lloyd(*stacked(features), starts, module.FRESH)
    for f, start, centres in zip(features, starts, ours, strict=True):
        model = KMeans(20, max_iter=100, tol=1e-4, mode="euclidean")
        model.fit_predict(f, centroids=start.clone())
        assert inertia(f, centres) <= inertia(f, model.centroids) * 1.03


def test_it_is_the_library_s_step_where_no_cluster_is_empty() -> None:
    f = blobs((500,), dimensions=10)[0]
    model = KMeans(6, max_iter=3, tol=0.0, mode="euclidean")
    model.fit_predict(f, centroids=f[:6].clone())
    x, inside = stacked([f])
    torch.testing.assert_close(lloyd(x, inside, f[:6].unsqueeze(0), 3)[0], model.centroids, atol=1e-9, rtol=0)

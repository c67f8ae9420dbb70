"""Real batches: distinct, inside the class, near the centres."""

from __future__ import annotations

import pytest
import torch

from engine.sampling import INITS, SAMPLERS, official, random_sample, representative
from engine.sampling.representative import k_means


def draws(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(("clusters", "per_cluster"), [(1, 1), (8, 1), (8, 5), (40, 1), (20, 2), (1, 40)])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_picks_are_distinct_and_inside_the_class(sampler: str, clusters: int, per_cluster: int) -> None:
    features = torch.randn(40, 6, generator=draws(clusters))
    picks = SAMPLERS[sampler](features, clusters, per_cluster, draws())
    assert picks.dtype == torch.int64 and picks.shape == (clusters * per_cluster,)
    assert len(set(picks.tolist())) == len(picks) and picks.min() >= 0 and picks.max() < 40


@pytest.mark.parametrize("seed", range(5))
def test_picks_stay_distinct_among_many_equal_images(seed: int) -> None:
    """Duplicates leave clusters empty, which is where the library alone gives the same image many times."""
    features = torch.randn(6, 4, generator=draws(seed)).repeat(10, 1)
    picks = representative(features, 20, 2, draws(seed))
    assert len(set(picks.tolist())) == 40


def test_every_group_of_well_separated_ones_is_represented_by_its_nearest_images() -> None:
    centres = torch.randn(5, 16, generator=draws()) * 100
    features = (centres[:, None] + torch.randn(5, 9, 16, generator=draws(1))).flatten(0, 1)
    hits = 0
    for seed in range(10):  # a start may put two centres into one group; most do not matter after re-seeding
        picks = representative(features, 5, 2, draws(seed)).view(5, 2)
        groups = picks // 9
        if sorted(groups[:, 0].tolist()) != [0, 1, 2, 3, 4]:
            continue
        hits += 1
        assert torch.equal(groups[:, 0], groups[:, 1])
        for group, pair in zip(groups[:, 0].tolist(), picks.tolist(), strict=True):
            members = features[group * 9 : (group + 1) * 9]
            nearest = (members - members.mean(0)).norm(dim=1).argsort()[:2] + group * 9
            assert pair == nearest.tolist()
    assert hits > 0


def test_k_means_reaches_a_fixed_point_of_lloyd() -> None:
    features = torch.randn(200, 5, generator=draws(3))
    centres = k_means(features, 7, draws(4))
    owner = torch.cdist(features, centres).argmin(1)
    means = torch.stack([features[owner == c].mean(0) for c in range(7)])
    torch.testing.assert_close(centres, means, atol=2e-2, rtol=0)


def test_same_draws_same_picks() -> None:
    features = torch.randn(50, 8, generator=draws(1))
    for sample in (representative, random_sample, official):
        assert torch.equal(sample(features, 10, 2, draws(7)), sample(features, 10, 2, draws(7)))
    assert set(INITS) == {"clustered", "random", "first", "noise"}


def test_center_and_boundary_are_the_two_ends_of_one_order() -> None:
    features = torch.randn(30, 4, dtype=torch.float64)
    away = [float(((f - features.mean(0)) ** 2).sum()) for f in features]
    order = sorted(range(30), key=away.__getitem__)
    assert SAMPLERS["center"](features, 7, 2, draws()).tolist() == order[:14]
    assert SAMPLERS["boundary"](features, 14, 1, draws()).tolist() == order[::-1][:14]


def test_first_is_the_order_of_the_files() -> None:
    pick = INITS["first"]
    assert pick is not None and pick(torch.randn(9, 2), 2, 2, draws()).tolist() == [0, 1, 2, 3]


def test_the_released_code_s_clusters_repeat_images_and_ours_do_not() -> None:
    """METHODS A5: 500 images, 128 clusters, starts with replacement: 107 to 117 distinct picks were measured there."""
    features = torch.randn(500, 32, generator=draws(5))
    distinct = [len(set(official(features, 128, 1, draws(seed)).tolist())) for seed in range(3)]
    assert all(90 < count < 128 for count in distinct)
    assert len(set(representative(features, 128, 1, draws()).tolist())) == 128
    assert official(features, 20, 3, draws()).shape == (60,)

"""MMD against a plain double loop, and what it must do by its meaning."""

from __future__ import annotations

import math
import statistics

import pytest
import torch

from engine.metrics.catalog import METRICS
from engine.metrics.measure import Measurement, migration
from engine.metrics.mmd import ClassKernel, spread
from engine.nets import Architecture, build_network
from tests.small import small_data


def plain_mmd(batch: list[list[float]], members: list[list[float]]) -> float:
    def squared(a: list[float], b: list[float]) -> float:
        return sum((x - y) ** 2 for x, y in zip(a, b, strict=True))

    pairs = sorted(squared(a, b) for i, a in enumerate(members) for b in members[:i])
    s2 = statistics.median_low(pairs) / 2

    def mean_kernel(xs: list[list[float]], ys: list[list[float]]) -> float:
        return math.fsum(math.exp(-squared(x, y) / (2 * s2)) for x in xs for y in ys) / (len(xs) * len(ys))

    return mean_kernel(batch, batch) + mean_kernel(members, members) - 2 * mean_kernel(batch, members)


@pytest.mark.parametrize("seed", range(3))
def test_equals_a_plain_double_loop(seed: int) -> None:
    g = torch.Generator().manual_seed(seed)
    members = torch.randn(30, 5, dtype=torch.float64, generator=g)
    batch = torch.randn(7, 5, dtype=torch.float64, generator=g) + 0.5
    assert float(ClassKernel(members).mmd(batch)) == pytest.approx(
        plain_mmd(batch.tolist(), members.tolist()), rel=1e-9
    )


def test_the_class_itself_is_at_no_distance_and_a_far_batch_at_most_at_two() -> None:
    members = torch.randn(50, 4, dtype=torch.float64)
    kernel = ClassKernel(members)
    assert float(kernel.mmd(members)) == pytest.approx(0, abs=1e-12)
    near, far = kernel.mmd(members[:10]), kernel.mmd(members[:10] + 1000)
    assert 0 < near < far <= 2


def test_a_class_of_equal_images_does_not_divide_by_zero() -> None:
    assert float(ClassKernel(torch.ones(5, 3)).mmd(torch.ones(2, 3))) == pytest.approx(0, abs=1e-6)


def test_spread_is_the_root_mean_squared_distance_to_the_mean() -> None:
    assert float(spread(torch.tensor([[0.0, 0.0], [2.0, 0.0]]))) == pytest.approx(1.0)


def test_measurement_averages_over_classes() -> None:
    g = torch.Generator().manual_seed(1)
    measurement, differences = Measurement(), []
    for _ in range(3):
        features, syn = torch.randn(20, 4, generator=g), torch.randn(5, 4, generator=g)
        measurement.add(features, features[:5], features[5:10], syn)
        differences.append(float((syn.mean(0) - features.mean(0)).norm()))
    values = measurement.values()
    assert set(values) <= set(METRICS)
    assert values["feature.difference"] == pytest.approx(statistics.fmean(differences), rel=1e-5)
    assert Measurement().values() == {}


def test_migration_is_nothing_for_images_that_stay_and_grows_with_the_way() -> None:
    data = small_data()
    network = build_network(Architecture("convnet", 1, 8, 3, 2, 8), 0)
    images = torch.rand(3, 1, 8, 8)
    assert migration(network, data, images, images.clone(), 2) == 0
    a, b = (migration(network, data, images, (images + d * (1 - images)), 1) for d in (0.01, 0.2))
    assert 0 < a < b

"""The hosts' own numbers (METHODS A1-A3), and that switches can be laid over them."""

from __future__ import annotations

import csv

import pytest
import torch

from engine.config import DEFAULTS, build
from engine.data.catalog import DATASETS
from engine.data.dataset import Dataset
from engine.data.load import load
from engine.hosts import COSINE_WEIGHT, HOSTS, TILED
from engine.nets import Architecture, build_network, matched_weights
from engine.objectives import DISTANCES, OBJECTIVES, Batches
from engine.recipes import RECIPES
from engine.results.published import TABLE

PUBLISHED = [name for name in DATASETS if name != "digits"]  # the digits have small numbers of their own


@pytest.mark.parametrize(
    ("ipc", "inner", "epochs"), [(1, 1, 1), (10, 10, 50), (20, 20, 25), (30, 30, 20), (40, 40, 15), (50, 50, 10)]
)
@pytest.mark.parametrize("recipe", ["dc", "dsa"])
@pytest.mark.parametrize("dataset", PUBLISHED)
def test_the_schedule_of_dc(dataset: str, recipe: str, ipc: int, inner: int, epochs: int) -> None:
    """METHODS A1: the same for all datasets."""
    config = build({"dataset": dataset, "recipe": recipe, "ipc": ipc, "data_dir": "x"})
    assert (config.outer, config.inner, config.net_epochs) == (1000, inner, epochs)
    assert (config.image_lr, config.effective_image_lr, config.image_momentum) == (0.1, 0.1, 0.5)
    assert (config.metric, config.batch_real, config.factor, config.net_lr) == ("cosine", 256, 1, 0.01)
    assert (config.framework.momentum, config.framework.weight_decay) == (0, 0)


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return load(build({"dataset": "digits"}), tmp_path_factory.mktemp("cache"))


def test_the_factor_that_nobody_set_is_the_settings_own() -> None:
    assert DEFAULTS["factor"] == TILED


@pytest.mark.parametrize("dataset", PUBLISHED)
@pytest.mark.parametrize("recipe", [name for name, recipe in RECIPES.items() if recipe.host in ("dc", "dsa", "dm")])
def test_batches_of_the_dc_family(dataset: str, recipe: str) -> None:
    """METHODS A1, A3: 256 real images and all synthetic ones; A6.6: 128 picks."""
    config = build({"dataset": dataset, "recipe": recipe, "data_dir": "x"})
    assert (config.batch_real, config.clusters, config.per_cluster) == (256, 128, 1)
    assert config.picks_per_class == (256 if config.sampler == "random" else 128)


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("recipe", ["dc", "dsa-dream+", "dm", "dm-dream"])
def test_no_synthetic_image_is_left_out_of_a_step(dataset: str, recipe: str) -> None:
    for ipc, factor in ((1, 1), (10, 1), (128, 1), (129, 1), (200, 1), (500, 1), (50, 2), (500, 3)):
        set_or_not = ({"factor": factor},) if factor > 1 else ({"factor": 1}, {})
        for given in set_or_not:
            config = build({"dataset": dataset, "recipe": recipe, "ipc": ipc, "data_dir": "x"} | given)
            assert config.factor == factor and config.batch_syn_max == max(128, ipc * factor**2)
            assert "batch_syn_max" not in config.departures()
    assert build({"dataset": dataset, "recipe": "dream+", "ipc": 50}, check=False).batch_syn_max == 128


@pytest.mark.parametrize("dataset", PUBLISHED)
def test_the_rate_of_dm(dataset: str) -> None:
    """METHODS A3: 1, and 10 from 100 images per class on, on CIFAR-10."""
    rates = [
        build({"dataset": dataset, "recipe": "dm", "ipc": i, "data_dir": "x"}).image_lr for i in (1, 50, 99, 100, 500)
    ]
    assert rates == ([1, 1, 1, 10, 10] if dataset == "cifar10" else [1] * 5)


def test_augmentation_and_protocol_of_each_host() -> None:
    six, five = "one_color_crop_cutout_flip_scale_rotate", "one_color_crop_cutout_scale_rotate"
    dc, dsa, dm = (build({"dataset": "cifar10", "recipe": r}) for r in ("dc", "dsa", "dm"))
    assert (dc.augment, dc.net_augment, dc.eval_augment, dc.eval_epochs, dc.init) == ("", "", "", 300, "noise")
    assert (dsa.augment, dsa.net_augment, dsa.eval_augment, dsa.eval_epochs, dsa.init) == (
        six,
        six,
        six,
        1000,
        "random",
    )
    assert (dm.augment, dm.metric, dm.objective, dm.outer, dm.inner, dm.image_lr) == (
        six,
        "mse",
        "feature",
        20_000,
        1,
        1,
    )
    assert {c.protocol for c in (dc, dsa, dm)} == {"E-DC"} and build({"dataset": "cifar10"}).protocol == "E-IDC"
    assert (
        build({"dataset": "mnist", "recipe": "dsa"}).augment
        == build({"dataset": "svhn", "recipe": "dm"}).augment
        == five
    )
    assert build({"dataset": "mnist", "recipe": "dsa"}).metric == "cosine", "the dataset's l1 is IDC's"
    assert build({"dataset": "cifar10", "recipe": "dm", "ipc": 100}).image_lr == 10


def test_every_row_of_the_ablation_is_a_config() -> None:
    with TABLE.with_name("ablation.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        clustered, representative, both = (
            int(row[k]) for k in ("clustering_init", "representative_matching", "bidirectional_matching")
        )
        config = build(
            {
                "dataset": "cifar10", "recipe": row["host"].lower(), "init": "clustered" if clustered else "random",
                "sampler": "representative" if representative else "random", "objective": "both" if both else "gradient",
            }
        )  # fmt: skip
        assert config.host == row["host"].lower()


def test_features_are_matched_by_squares_on_every_dataset() -> None:
    """METHODS A4: IDC's feature variant forces mse; MNIST's own distance is l1."""
    assert build({"dataset": "mnist", "recipe": "idc"}).metric == "l1"
    assert build({"dataset": "mnist", "recipe": "idc-feature"}).metric == "mse"
    assert build({"dataset": "mnist", "recipe": "idc-feature", "metric": "l1"}).metric == "l1"
    assert build({"dataset": "mnist", "recipe": "idc", "objective": "feature"}).metric == "mse"
    assert build({"dataset": "mnist", "recipe": "dream+", "objective": "feature"}).metric == "mse"
    assert build({"dataset": "mnist", "recipe": "idc-feature", "objective": "both"}).metric == "l1"


def test_two_cosines_are_balanced_and_other_metrics_are_as_released() -> None:
    for recipe in RECIPES:
        config = build({"dataset": "cifar10", "recipe": recipe})
        assert config.feature_weight == (COSINE_WEIGHT if recipe in ("dc-dream+", "dsa-dream+") else 1)
    combined = build({"recipe": "dc", "objective": "both"})
    assert combined.feature_weight == COSINE_WEIGHT and combined.departures() == {"objective": "both"}
    assert build({"recipe": "dream+", "metric": "cosine"}).feature_weight == COSINE_WEIGHT
    assert build({"recipe": "dc-dream+", "metric": "mse"}).feature_weight == 1
    assert build({"recipe": "dc-dream+", "feature_weight": 3}).feature_weight == 3


@pytest.mark.parametrize("width", [32, 128])
def test_the_weighted_cosines_pull_alike(digits: Dataset, width: int) -> None:
    """|d term / dS| of both terms on a random network: METHODS A6.6 leaves the weight to us, and 1 would not be felt."""
    network = build_network(Architecture("convnet", 1, 16, 10, 3, width, "instance"), 0)
    ratios = []
    for label, members in enumerate(digits.members[:4]):
        real, syn = (digits.normalise(digits.train_images[members[part]]) for part in (slice(10, 74), slice(10)))
        syn.requires_grad_()
        batches = Batches(real, syn, label)
        terms = OBJECTIVES["both"].terms(network, matched_weights(network, True), batches, DISTANCES["cosine"])
        assert terms.gradient is not None
        (gradient,) = torch.autograd.grad(terms.gradient, syn, retain_graph=True)
        (feature,) = torch.autograd.grad(COSINE_WEIGHT * terms.feature, syn)
        ratios.append(float(gradient.norm() / feature.norm()))
    assert 0.3 < sorted(ratios)[2] < 5


def test_a_coreset_matches_nothing() -> None:
    for name, recipe in RECIPES.items():
        if recipe.host == "coreset":
            config = build({"dataset": "cifar10", "recipe": name})
            assert (config.total_steps, config.factor, config.pretrain_epochs) == (0, 1, 0)


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("ipc", [1, 10])
def test_coresets_are_judged_as_dream_plus_is(dataset: str, ipc: int) -> None:
    ours, theirs = (
        build({"dataset": dataset, "recipe": r, "ipc": ipc, "data_dir": "x"}) for r in ("herding", "dream+")
    )
    for name in ("protocol", "eval_epochs", "eval_augment", "eval_cutmix"):
        assert getattr(ours, name) == getattr(theirs, name)


def test_what_the_person_sets_wins_over_the_host() -> None:
    config = build({"dataset": "cifar10", "recipe": "dc", "outer": 3, "metric": "mse", "protocol": "E-IDC"})
    assert (config.outer, config.metric, config.protocol, config.inner) == (3, "mse", "E-IDC", 10)


@pytest.mark.parametrize("name", HOSTS)
@pytest.mark.parametrize("dataset", ["digits", "mnist", "cifar10", "cifar100"])
@pytest.mark.parametrize("ipc", [1, 10, 50])
def test_every_host_builds_on_every_dataset(name: str, dataset: str, ipc: int) -> None:
    ours = [r for r, recipe in RECIPES.items() if recipe.host == name]
    assert ours
    for recipe in ours:
        small = dataset == "digits" and ipc == 50
        assert build({"dataset": dataset, "recipe": recipe, "ipc": ipc, "factor": 1}, check=not small).host == name

"""The hosts' own numbers (METHODS A1-A3), and that switches can be laid over them."""

from __future__ import annotations

import csv

import pytest

from engine.config import build
from engine.hosts import HOSTS
from engine.recipes import RECIPES
from engine.store.published import TABLE


@pytest.mark.parametrize(
    ("ipc", "inner", "epochs"), [(1, 1, 1), (10, 10, 50), (20, 20, 25), (30, 30, 20), (40, 40, 15), (50, 50, 10)]
)
@pytest.mark.parametrize("recipe", ["dc", "dsa"])
def test_the_schedule_of_dc(recipe: str, ipc: int, inner: int, epochs: int) -> None:
    config = build({"dataset": "cifar10", "recipe": recipe, "ipc": ipc})
    assert (config.outer, config.inner, config.net_epochs) == (1000, inner, epochs)
    assert (config.image_lr, config.effective_image_lr, config.image_momentum) == (0.1, 0.1, 0.5)
    assert (config.metric, config.batch_real, config.factor, config.net_lr) == ("cosine", 256, 1, 0.01)
    assert (config.framework.momentum, config.framework.weight_decay) == (0, 0)


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


def test_a_coreset_matches_nothing() -> None:
    for name, recipe in RECIPES.items():
        if recipe.host == "coreset":
            config = build({"dataset": "cifar10", "recipe": name})
            assert (config.total_steps, config.factor, config.pretrain_epochs) == (0, 1, 0)


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

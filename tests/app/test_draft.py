"""A run about to be launched: what a person set stays, everything else follows."""

from __future__ import annotations

import random

import pytest

from app.views.launch import draft
from engine.config import SETTINGS, build
from engine.presets import PRESETS
from engine.recipes import RECIPES


def test_another_dataset_brings_its_own_settings() -> None:
    given = draft.changed(draft.START, "seed", 7)
    for dataset in ("mnist", "cifar10", "digits"):
        given = draft.changed(given, "dataset", dataset)
        config = draft.whole(given)
        assert config == build({"dataset": dataset, "recipe": "dream+", "seed": 7}, check=False)


def test_another_recipe_moves_its_switches() -> None:
    config = draft.whole(draft.changed(draft.START, "recipe", "idc"))
    assert (config.init, config.sampler, config.objective) == ("random", "random", "gradient")


def test_a_persons_own_setting_survives_and_can_be_taken_back() -> None:
    given = draft.changed(draft.changed(draft.START, "clusters", 24), "dataset", "svhn")
    assert draft.whole(given).clusters == 24 and draft.own(given) == {"clusters": 24}
    assert draft.own(draft.plainly(given)) == {}
    usual = draft.whole(draft.plainly(given)).clusters
    assert "clusters" not in draft.changed(given, "clusters", usual), "the usual value is not a choice"
    assert "clusters" not in draft.changed(given, "clusters", None), "an emptied field goes back to the usual value"


def test_a_path_belongs_to_its_dataset() -> None:
    given = draft.changed(draft.changed(draft.START, "dataset", "folder"), "data_dir", "/some/where")
    assert draft.whole(given).data_dir == "/some/where"
    assert draft.whole(draft.changed(given, "dataset", "mnist")).data_dir == ""


def test_problems_come_by_field_and_all_at_once() -> None:
    given = dict(draft.START) | {"ipc": 400, "clusters": 2000}
    assert {"ipc", "clusters"} <= set(draft.problems(given))
    assert draft.problems({"dataset": "folder"}).keys() == {"data_dir"}
    assert draft.problems(PRESETS["digits-demo"].settings) == {}


def test_a_clone_gives_the_same_config() -> None:
    draw = random.Random(1)
    for _ in range(30):
        given: dict[str, object] = {
            "dataset": draw.choice(["digits", "mnist", "cifar10"]),
            "recipe": draw.choice(["idc", "dream", "dream+"]),
            "ipc": draw.choice([1, 10]),
            "seed": draw.randrange(100),
            "width": draw.choice([16, 64]),
        }
        config = build(given, check=False)
        assert draft.whole(draft.cloned(config)) == config


@pytest.mark.parametrize("preset", PRESETS)
def test_the_sentence_names_what_matters(preset: str) -> None:
    config = build(PRESETS[preset].settings, check=False)
    text = draft.sentence(config)
    assert config.spec.title in text and RECIPES[config.recipe].title in text and f"{config.total_steps:,}" in text


def test_labels_are_the_settings_own_names() -> None:
    for name, setting in SETTINGS.items():
        assert draft.label(name).startswith(name.replace("_", " "))
        assert (f"[{setting.unit}]" in draft.label(name)) is bool(setting.unit)

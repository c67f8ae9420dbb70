"""A run about to be launched: what a person set stays, everything else follows."""

from __future__ import annotations

import itertools
import random

import pytest

from app.views.launch import draft, method
from engine import api
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


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_comes_back_from_its_host_and_switches(recipe: str) -> None:
    """Taken apart, put together again part by part from another method, it has its own name."""
    wanted = method.parts(draft.whole({"dataset": "digits", "recipe": recipe}))
    assert method.named(wanted) == recipe and api.method_title(draft.whole({"recipe": recipe})) == RECIPES[recipe].title
    for start in ("dream+", "dm", "herding"):
        given: dict[str, object] = {"dataset": "digits", "recipe": start, "seed": 3}
        for part in method.PARTS:
            given = draft.changed(given, part, wanted[part])
        assert given == {"dataset": "digits", "recipe": recipe, "seed": 3}


@pytest.mark.parametrize("host", [name for name in method.hosts() if name != method.NO_MATCHING])
def test_the_three_switches_make_eight_methods_of_every_host(host: str) -> None:
    base = method.plain(host)
    for on in itertools.product((False, True), repeat=3):
        given: dict[str, object] = dict(draft.changed(draft.START, "host", host))
        for switch, wanted in zip(method.SWITCHES, on, strict=True):
            given = draft.switched(given, switch, wanted)
        config = draft.whole(given)
        assert config.host == host
        for (switch, one), wanted in zip(method.SWITCHES.items(), on, strict=True):
            assert method.is_on(config, switch) is wanted
            assert getattr(config, one.setting) == (one.on if wanted else getattr(base, one.setting))
        named = method.named(method.parts(config))
        assert config.recipe == (named or method.nearest(method.parts(config)))
        assert bool(named) == (set(given) <= {"dataset", "recipe"}), "a named one needs nothing but its name"


@pytest.mark.parametrize(
    ("off", "title", "recipe"),
    [
        ([], "DREAM+", "dream+"),
        (["bm"], "DREAM", "dream"),
        (["init"], "IDC + RM + BM", "dream+"),
        (["rm"], "IDC + Init + BM", "idc"),
        (["rm", "init"], "IDC + BM", "idc"),
        (["rm", "init", "bm"], "IDC", "idc"),
        (["init", "bm"], "IDC + RM", "dream"),
    ],
)
def test_a_combination_is_named_or_tells_its_parts(off: list[str], title: str, recipe: str) -> None:
    """The nearest recipe brings its batch sizes along, as in the paper's ablation."""
    given: dict[str, object] = dict(draft.START)
    for switch in off:
        given = draft.switched(given, switch, False)
    config = draft.whole(given)
    assert (api.method_title(config), config.recipe) == (title, recipe)
    assert f"**{title}**" in draft.sentence(config)


def test_values_that_no_switch_stands_for_are_told() -> None:
    config = draft.whole({"recipe": "idc", "sampler": "center", "init": "noise"})
    assert api.method_title(config) == "IDC + center batches + noise start"
    assert not any(method.is_on(config, switch) for switch in method.SWITCHES)


def test_a_chosen_recipe_turns_its_own_switches() -> None:
    mine = draft.switched(dict(draft.START) | {"width": 16}, "init", False)
    assert mine["init"] == "random"
    assert draft.changed(mine, "recipe", "dream") == {"dataset": "digits", "recipe": "dream", "width": 16}


def test_one_of_anything_is_no_plural() -> None:
    config = draft.whole({"outer": 1, "inner": 1, "ipc": 1, "eval_repeats": 1, "eval_epochs": 1})
    said = draft.sentence(config)
    assert (
        "1 inner loop: 1 fresh network, 1 loop. " in said
        and "judged by 1 network trained from scratch for 1 epoch." in said
    )
    said = draft.sentence(draft.whole({"outer": 2, "inner": 3, "eval_repeats": 2, "eval_epochs": 1000}))
    assert (
        "6 inner loops: 2 fresh networks, 3 loops each. " in said
        and "judged by 2 networks trained from scratch for 1,000 epochs." in said
    )

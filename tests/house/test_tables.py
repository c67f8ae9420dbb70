"""The torch-free settings and the engine's tables name the same things, and the docs name them all."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pytest

from engine import augment
from engine.config import SETTINGS, build
from engine.coresets import CORESETS, PRUNERS
from engine.data.catalog import DATASETS
from engine.hosts import HOSTS
from engine.metrics.catalog import METRICS
from engine.nets import NETWORKS
from engine.objectives import DISTANCES, OBJECTIVES
from engine.precision import PRECISIONS
from engine.presets import PRESETS
from engine.protocols import PROTOCOLS
from engine.recipes import RECIPES
from engine.sampling import INITS, SAMPLERS
from engine.validation import OPERATIONS

ROOT = Path(__file__).resolve().parents[2]
CHOICES: dict[str, Collection[str]] = {
    "dataset": DATASETS,
    "recipe": RECIPES,
    "host": HOSTS,
    "init": INITS | CORESETS,
    "prune": PRUNERS,
    "sampler": SAMPLERS,
    "objective": OBJECTIVES,
    "metric": DISTANCES,
    "network": NETWORKS,
    "eval_networks": NETWORKS,
    "precision": PRECISIONS,
    "protocol": PROTOCOLS,
}
NAMES = {name for table in (*CHOICES.values(), SETTINGS, METRICS, PRESETS, augment.OPERATIONS) for name in table}


@pytest.mark.parametrize(("setting", "table"), CHOICES.items(), ids=list(CHOICES))
def test_a_setting_offers_what_its_table_holds(setting: str, table: Collection[str]) -> None:
    assert set(SETTINGS[setting].choices) == set(table)


def test_every_choice_is_either_a_table_or_plain_words() -> None:
    """A new setting with choices belongs into CHOICES above, or here when no table stands behind it."""
    plain = {"colour", "norm", "keep_per", "clustering", "embedding"}
    assert {name for name, setting in SETTINGS.items() if setting.choices} == set(CHOICES) | plain


def test_augmentations_are_the_known_ones() -> None:
    assert set(OPERATIONS) == set(augment.OPERATIONS)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_sets_only_settings_that_exist(name: str) -> None:
    assert set(RECIPES[name].settings()) <= set(SETTINGS)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_can_be_built(name: str) -> None:
    """Where a path is all that is missing, any path will do."""
    settings = PRESETS[name].settings
    needs_path = DATASETS[str(settings.get("dataset", "digits"))].needs_path
    assert build({"data_dir": "anywhere"} if needs_path else {}, preset=name)


def test_every_name_is_documented() -> None:
    docs = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md")))
    assert not {name for name in NAMES if f"`{name}`" not in docs}

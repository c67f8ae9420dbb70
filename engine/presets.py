"""The table of presets: named starting points, `--preset NAME` and the cards on the Launch page."""

from __future__ import annotations

from typing import NamedTuple

from engine.data.catalog import DATASETS
from engine.recipes import RECIPES


class Preset(NamedTuple):
    title: str
    summary: str
    settings: dict[str, object]


def _papers() -> dict[str, Preset]:
    """The methods of the paper's main table on every dataset it has, at ipc 10 and each method's own settings."""
    recipes = ("idc", "dream", "dream+", "dc", "dsa", "dm")
    published = ("mnist", "fashion-mnist", "svhn", "cifar10", "cifar100", "tinyimagenet")
    return {
        f"{dataset}-{recipe}": Preset(
            f"{RECIPES[recipe].title} on {DATASETS[dataset].title}",
            "The paper's settings, ipc 10: hours on a GPU.",
            {"dataset": dataset, "recipe": recipe, "ipc": 10},
        )
        for dataset in published
        for recipe in recipes
    }


PRESETS: dict[str, Preset] = {
    "digits-demo": Preset(
        "Two-minute digits demo",
        "DREAM+ on real handwritten digits, one stored image per class, on any CPU: nothing to download.",
        {"dataset": "digits", "recipe": "dream+", "ipc": 1, "factor": 2},
    ),
    **_papers(),
}

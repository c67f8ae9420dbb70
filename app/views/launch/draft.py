"""A run about to be launched: what a person set, and what follows from it. Pure functions; the form shows them.

Only what a person chose is kept. Everything else is filled in by `engine.config.build`, so that another dataset or recipe
brings its own defaults along.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from app.parts import words
from app.views.launch import method
from engine import api
from engine import config as settings
from engine.config import SETTINGS, RunConfig
from engine.errors import BadConfig

Given = Mapping[str, Any]
START: Given = {"dataset": "digits", "recipe": "dream+"}
OWN = ("seed", "device")  # these are about the person's machine, not about a dataset


def whole(given: Given) -> RunConfig:
    """The config as it stands, good or not."""
    return settings.build(given, check=False)


def problems(given: Given) -> dict[str, str]:
    """What keeps it from being launched, a sentence per setting; empty when nothing does."""
    try:
        settings.build(given)
    except BadConfig as error:
        return error.problems
    return {}


def changed(given: Given, name: str, value: Any) -> dict[str, Any]:
    """`given` with one setting changed by a person. A value that would come by itself is not kept; a path of another
    dataset is dropped. A recipe turns its own switches; switches that make up a named recipe are that recipe."""
    if name in method.PARTS:
        return _turned(given, name, value)
    kept = {k: v for k, v in given.items() if k != name and not (name == "recipe" and k in method.PARTS)}
    if name == "dataset":
        kept.pop("data_dir", None)
    if name in START or (value is not None and value != getattr(whole(kept), name)):
        kept[name] = value
    return kept


def switched(given: Given, switch: str, on: bool) -> dict[str, Any]:
    """`given` with one of the three switches on, or as the host has it without."""
    config, setting = whole(given), method.SWITCHES[switch].setting
    return _turned(given, setting, method.SWITCHES[switch].on if on else getattr(method.plain(config.host), setting))


def _turned(given: Given, name: str, value: Any) -> dict[str, Any]:
    parts = method.turned(whole(given), name, value)
    recipe = method.named(parts) or method.nearest(parts)
    kept = {k: v for k, v in given.items() if k not in method.PARTS} | {"recipe": recipe}
    for part, chosen in parts.items():
        if chosen != getattr(whole(kept), part):
            kept[part] = chosen
    return kept


def own(given: Given) -> dict[str, Any]:
    """Settings that a person changed and that differ from what would come by itself."""
    plain = whole(plainly(given))
    return {k: v for k, v in given.items() if k not in START and v != getattr(plain, k)}


def plainly(given: Given) -> dict[str, Any]:
    """The same dataset and recipe with nothing else set."""
    return {k: v for k, v in given.items() if k in (*START, "data_dir")}


def cloned(config: RunConfig) -> dict[str, Any]:
    """What to give for a run like `config`."""
    same: dict[str, Any] = {"dataset": config.dataset, "recipe": config.recipe, "ipc": config.ipc}
    if config.data_dir:
        same["data_dir"] = config.data_dir
    plain = config.usual()
    return same | {
        f.name: v for f in dataclasses.fields(config) if (v := getattr(config, f.name)) != getattr(plain, f.name)
    }


def sentence(config: RunConfig) -> str:
    """What will happen, for someone who never heard of it."""
    count = "one image" if config.ipc == 1 else f"{config.ipc} images"
    tiles = f", each cut into {config.factor**2} training images" if config.factor > 1 else ""
    classes = (
        f" ({config.ipc * config.spec.classes:,} in all{tiles})"
        if config.spec.classes
        else f" ({tiles[2:]})"
        if tiles
        else ""
    )
    networks, epochs = words.many(config.eval_repeats, "network"), words.many(config.eval_epochs, "epoch")
    judged = f"judged by {networks} trained from scratch for {epochs}."
    recipe = api.method_title(config)
    if not config.outer:
        return f"Choose **{count} per class**{classes} of **{config.spec.title}** with **{recipe}**. The choice is {judged}"
    each = f"{words.many(config.outer, 'fresh network')}, {words.many(config.inner, 'loop')}{'' if config.outer == 1 else ' each'}"
    loops = f"{words.many(config.total_steps, 'inner loop')}: {each}"
    return (
        f"Distil **{config.spec.title}** into **{count} per class**{classes} with **{recipe}**. "
        f"{loops}. The result is {judged}"
    )


def label(name: str) -> str:
    """A setting's name and unit, as the form shows it."""
    unit = SETTINGS[name].unit
    plain = name.replace("_", " ")
    return f"{plain} [{unit}]" if unit else plain

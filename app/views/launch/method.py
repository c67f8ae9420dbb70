"""A method taken apart: a host and three switches. Pure functions on settings."""

from __future__ import annotations

from typing import NamedTuple

from engine.config import SETTINGS, RunConfig
from engine.recipes import RECIPES, Recipe

PARTS = ("host", "init", "sampler", "objective")
"""The settings that a host and its switches stand for."""
NO_MATCHING = "coreset"  # the host whose images are chosen and never changed: nothing to switch


class Switch(NamedTuple):
    """One of the paper's three ideas: the setting it turns, and that setting's value when it is on."""

    title: str
    words: str
    help: str
    setting: str
    on: str


SWITCHES = {
    "rm": Switch("RM", "representative matching", "Real batches hold k-means representatives of the class, which cover it evenly; off, they are drawn at random.", "sampler", "representative"),
    "init": Switch("Init", "clustered start", "The images start as the real ones nearest to k-means centres, so that no two start alike; off, as the host starts them.", "init", "clustered"),
    "bm": Switch("BM", "both terms matched", "Network gradients and mean features are matched together, which steadies the images; off, only the host's own term.", "objective", "both"),
}  # fmt: skip


def plain(host: str) -> Recipe:
    """The host with every switch off: the first of its recipes in the table."""
    return next(recipe for recipe in RECIPES.values() if recipe.host == host)


def parts(config: RunConfig) -> dict[str, str]:
    """Host, init, sampler, objective."""
    return {name: getattr(config, name) for name in PARTS}


def is_on(config: RunConfig, switch: str) -> bool:
    """Whether that switch is on in `config`."""
    return bool(getattr(config, SWITCHES[switch].setting) == SWITCHES[switch].on)


def turned(config: RunConfig, name: str, value: str) -> dict[str, str]:
    """The parts with one changed. Under another host, switches that are on stay on, all else is as that host has it; of a host
    without matching nothing is left to switch."""
    if name != "host":
        return parts(config) | {name: value}
    base = {part: str(getattr(plain(value), part)) for part in PARTS}
    if NO_MATCHING in (value, config.host):
        return base
    return base | {one.setting: one.on for switch, one in SWITCHES.items() if is_on(config, switch)}


def named(wanted: dict[str, str]) -> str:
    """The recipe that has exactly these parts; "" for a combination nobody named."""
    return next((name for name, recipe in RECIPES.items() if _agree(recipe, wanted) == len(PARTS)), "")


def nearest(wanted: dict[str, str]) -> str:
    """The recipe of that host that has most in common, first of all the real batches, whose sizes it brings along; as in the
    paper's ablation."""
    same = [name for name, recipe in RECIPES.items() if recipe.host == wanted["host"]]
    return max(same, key=lambda name: (RECIPES[name].sampler == wanted["sampler"], _agree(RECIPES[name], wanted)))


def hosts() -> dict[str, str]:
    """Name -> title, in the order of the table."""
    return {name: RunConfig(host=name).framework.title for name in SETTINGS["host"].choices}


def _agree(recipe: Recipe, wanted: dict[str, str]) -> int:
    return sum(getattr(recipe, part) == wanted[part] for part in PARTS)

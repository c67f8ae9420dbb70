"""What a run's method is called in a table, and in which settings it departs from the method's own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from engine.config import RECORDING, SETTINGS, RunConfig
from engine.hosts import HOSTS
from engine.protocols import PROTOCOLS
from engine.recipes import RECIPES

SWITCHES = ("host", "init", "sampler", "objective")
SAMPLERS = {
    "representative": "RM",
    "random": "random batches",
    "center": "center batches",
    "boundary": "boundary batches",
}
INITS = {"clustered": "Init", "random": "random start", "first": "first images", "noise": "noise start"}
OBJECTIVES = {"both": "BM", "gradient": "gradients alone", "feature": "features alone"}

UNHEARD = frozenset({"seed", "device", "data_dir", "evaluate_every", "full_epochs"}) | {
    name for name, setting in SETTINGS.items() if setting.section == RECORDING
}
"""Settings without a say in the accuracy of a method: its sets differ by seed, the rest decides where, what else and how often
is measured. Of `data_dir` the last name counts: another archive may hold other images."""


IDLE = {"real": {"net_epochs"}, "synthetic": {"net_samples_per_step"}, "": {"net_epochs", "net_samples_per_step"}}
"""What a host's networks are trained on -> settings of that training which it never reads."""


class Own(NamedTuple):
    """How a method is tested in its own paper where that is not what this program does by itself. `settings`: name -> value; None
    where no setting of ours says it, so that all of them depart. `remark`: what the paper does, in words; "" where that is what
    the settings say."""

    settings: Mapping[str, Any]
    remark: str = ""


_PLAIN = PROTOCOLS["E-DC"]
CORESETS_PLAIN = Own({"eval_epochs": _PLAIN.epochs, "eval_augment": _PLAIN.augment, "eval_cutmix": _PLAIN.cutmix})
"""Chosen real images are reported under both protocols (METHODS, Part B): E-DC as it is has been theirs, as much as E-IDC."""

KNOWN = {
    ("dc", "mnist"): Own(
        {"eval_epochs": 1000, "eval_augment": None},
        "DC's own tests on MNIST: each image cropped, scaled or turned, 1,000 epochs",
    ),
}
"""(host, dataset) -> its paper's tests. VICO-UoE/DatasetCondensation, main.py and utils.py::get_daparam (METHODS A0.5, A1)."""


def title(config: RunConfig) -> str:
    """The recipe's title where the switches are the recipe's, otherwise the host's with what is switched: "IDC + RM + Init"."""
    recipe = RECIPES[config.recipe]
    if all(getattr(config, switch) == getattr(recipe, switch) for switch in SWITCHES):
        return recipe.title
    base = RECIPES.get(config.host)
    named = ((SAMPLERS, "sampler"), (INITS, "init"), (OBJECTIVES, "objective"))
    parts = [
        names.get(value, value)
        for names, switch in named
        if (value := str(getattr(config, switch))) != (getattr(base, switch) if base else "")
        and (base or switch == "init")  # a coreset matches nothing: its start is all there is
    ]
    return " + ".join([HOSTS[config.host].title, *parts])


def recipe_of(method: str) -> str:
    """The recipe of that title; "" for a method that is none: put together from switches, or known from papers only."""
    return next((name for name, recipe in RECIPES.items() if recipe.title.lower() == method.lower()), "")


def identity(config: RunConfig) -> tuple[tuple[str, Any], ...]:
    """Equal for configs whose runs are sets of the same experiment."""
    kept = {name: getattr(config, name) for name in SETTINGS if name not in UNHEARD} | {"batch_syn_max": _batch(config)}
    last = config.data_dir.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return tuple((kept | {"data_dir": last, "eval_networks": config.eval_networks[:1]}).items())


@lru_cache(maxsize=4096)
def departures(config: RunConfig) -> Mapping[str, Any]:
    """Settings that differ from the method's own on this dataset, without those that the title or the table tells already.
    Remembered: a page asks again at every click, and each answer takes milliseconds."""
    told = UNHEARD | IDLE[config.framework.trained_on] | set(SWITCHES) | {"ipc", "protocol"}
    differ, own = config.departures(), _own(config).settings
    found = {
        name: value
        for name, value in config.to_dict().items()
        if name not in told and (value != own[name] if name in own else name in differ)
    }
    if _batch(config) == min(config.usual().batch_syn_max, _decoded(config)):
        found.pop("batch_syn_max", None)
    if config.eval_networks[:1] == ("convnet",):
        found.pop("eval_networks", None)  # the headline is the first one's
    return MappingProxyType(found)


def _batch(config: RunConfig) -> int:
    """Decoded images of a class in one step: `batch_syn_max` has no say where there are no more than it allows."""
    return min(config.batch_syn_max, _decoded(config))


def _decoded(config: RunConfig) -> int:
    return config.ipc * config.factor**2


def remark(config: RunConfig) -> str:
    """What the method's paper does that no setting of ours says; "" where there is nothing of the kind."""
    return _own(config).remark


def _own(config: RunConfig) -> Own:
    """What overrules the usual settings when departures are looked for."""
    if config.host == "coreset" and config.protocol == _PLAIN.name:
        return CORESETS_PLAIN
    return KNOWN.get((config.host, config.dataset), Own({}))


def in_words(departing: Mapping[str, Any], remark: str = "") -> str:
    """'settings depart: width 16, outer 4 (remark)'; empty where none does."""
    said = ", ".join(f"{name} {_value(value)}" for name, value in departing.items())
    return f"settings depart: {said}{remark and f' ({remark})'}" if said else ""


def _value(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "+".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value) or "none"

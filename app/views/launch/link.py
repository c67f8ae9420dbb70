"""A launch as an address: `?dataset=digits&recipe=dream%2B&seed=0&seed=1`. A setting given more than once is varied. Pure
functions; what comes from an address is hostile until every value has been checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from app.views.launch import draft
from engine import api
from engine.config import SETTINGS, build
from engine.errors import BadConfig, unknown

Query = dict[str, list[str]]
OURS = ("preset", "from")  # what else an address of this page may hold


class Taken(NamedTuple):
    """What an address asked for: settings, lists of values as text, and a sentence for each thing that was refused."""

    given: dict[str, Any]
    varied: dict[str, str]
    refused: list[str]


def query(given: draft.Given, varied: Mapping[str, Sequence[Any]], preset: str = "") -> Query:
    """Everything that a person chose, as an address holds it; an untouched preset is its name alone."""
    if preset and not varied:
        return {"preset": [preset]}
    lists: dict[str, Sequence[Any]] = {name: [value] for name, value in given.items()} | dict(varied)
    order = list(SETTINGS)
    return {name: [_word(value) for value in lists[name]] for name in sorted(lists, key=order.index)}


def address(base: str, asked: Query) -> str:
    """The whole link; `base` is the page's own address without a query."""
    return f"{base}?{urlencode(asked, doseq=True, safe=':/,')}"


def taken(asked: Mapping[str, Sequence[str]]) -> Taken:
    """The settings of an address, every wrong one left out with its sentence."""
    given: dict[str, Any] = dict(draft.START)
    varied: dict[str, str] = {}
    refused: list[str] = []
    for name, texts in asked.items():
        if name in OURS:
            continue
        values: dict[Any, None] = {}
        for text in texts:
            try:
                values[_checked(name, text)] = None
            except BadConfig as error:
                refused += error.problems.values()
        if len(values) > 1:
            varied[name] = api.sweep_text(tuple(values))
        elif values:
            given[name] = next(iter(values))
    return Taken(given, varied, refused)


def foreign(asked: Mapping[str, Sequence[str]]) -> bool:
    """Whether all of it belongs to another page: leaving for one with an address puts a step into the browser's history that
    has this page's path and the other's query."""
    return bool(asked) and not any(name in SETTINGS or name in OURS for name in asked)


def _checked(name: str, text: str) -> Any:
    """The value in the setting's type and within its bounds. Raises BadConfig."""
    if name not in SETTINGS:
        near = unknown("setting", name[:40], SETTINGS).partition(" Choose")[0]
        raise BadConfig({name: f"{near} The address of this page takes the names of settings."})
    value = getattr(build({name: text[:4096]}, check=False), name)
    setting = SETTINGS[name]
    if wrong := [one for one in (value if isinstance(value, tuple) else (value,)) if setting.choices and one not in setting.choices]:  # fmt: skip
        raise BadConfig({name: unknown(name, wrong[0][:40], setting.choices)})
    low, high = setting.low, setting.high
    if (low is not None and value < low) or (high is not None and value > high):
        span = f"from {low:g} to {high:g}" if high is not None else f"of at least {low:g}"
        raise BadConfig({name: f"{name} takes values {span}, got {text:.40}."})
    return value


def _word(value: Any) -> str:
    return ",".join(value) if isinstance(value, (tuple, list)) else str(value)

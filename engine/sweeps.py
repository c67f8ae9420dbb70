"""Sweeps: settings that take a list of values each, and the grid of runs they make. Torch-free.

As a person types a list: `1, 10`, `0-4` (whole numbers), `0:1:0.25` (start, stop, step; the stop counts when it is met), names
joined by commas (in double quotes where they hold one); `a+b` for several names in one value; `none` for an empty text.
"""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from engine.config import DEFAULTS, SETTINGS, RunConfig, build
from engine.errors import BadConfig, unknown
from engine.validation import coerce

MOST = 200  # runs of one sweep
LONGEST = 10_000  # characters of one list
EMPTY = "none"
_SPAN = re.compile(r"(\d+)\s*-\s*(\d+)", re.ASCII)


class Combination(NamedTuple):
    """One run of a grid: the values of the varied settings there, and everything that is set."""

    at: Mapping[str, Any]
    settings: Mapping[str, Any]
    config: RunConfig


def values(name: str, text: str) -> tuple[Any, ...]:
    """The values that `text` lists for the setting `name`, each once, in the setting's type. Bounds are not looked at. Raises
    BadConfig under the setting's name."""
    if name not in SETTINGS:
        raise BadConfig({name: unknown("setting", name, SETTINGS)})
    if len(text) > LONGEST:
        raise BadConfig({name: f"{name} was given {len(text):,} characters; list at most {MOST} values."})
    found: list[Any] = []
    for part in _parts(text):
        if part:
            found += _spread(name, part)
        if len(found) > MOST:
            raise BadConfig({name: _too_many(name, len(found))})
    if not found:
        raise BadConfig({name: f"{name} was given no value; list them like {example(name)}."})
    return tuple(dict.fromkeys(found))


def text(listed: Sequence[Any]) -> str:
    """The other way round: what a person would have typed. Whole numbers in a row are drawn together."""
    if len(listed) > 2 and all(type(v) is int and v >= 0 for v in listed):
        first, last = listed[0], listed[-1]
        if list(listed) == list(range(first, last + 1)):
            return f"{first}-{last}"
    return ", ".join(_quoted(word(value)) for value in listed)


def word(value: Any) -> str:
    """One value as a list holds it."""
    if isinstance(value, (list, tuple)):
        return "+".join(map(str, value))
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value) or EMPTY


def example(name: str) -> str:
    """What a list for this setting may look like."""
    kind, choices = type(DEFAULTS[name]), SETTINGS[name].choices
    if kind is tuple:
        return f"'{choices[0]}, {choices[0]}+{choices[1]}'"
    if choices:
        return f"'{', '.join(choices[:2])}'"
    return {int: "'1, 10' or '0-4'", float: "'0.1, 1' or '0:1:0.25'"}.get(kind, "'one, other'")


def expand(settings: Mapping[str, Any], varied: Mapping[str, Sequence[Any]], preset: str = "") -> list[Combination]:
    """Every combination of the varied values laid over `settings`; the setting named first varies slowest. Raises BadConfig:
    a sentence per setting that says in which combination it is wrong, or that there are more than `MOST` runs."""
    lists = {name: _typed(name, listed) for name, listed in varied.items()}
    count = 1
    for name, listed in lists.items():
        count *= len(listed)
        if count > MOST:
            raise BadConfig({name: _too_many(name, count)})
    points: list[Combination] = []
    wrong: list[tuple[Mapping[str, Any], BadConfig]] = []
    for combination in itertools.product(*lists.values()):
        at = dict(zip(lists, combination, strict=True))
        given = dict(settings) | at
        try:
            points.append(Combination(at, given, build(given, preset)))
        except BadConfig as error:
            wrong.append((at, error))
    if wrong:
        raise BadConfig(_told(wrong, count))
    return points


def _told(wrong: Sequence[tuple[Mapping[str, Any], BadConfig]], count: int) -> dict[str, str]:
    """The first sentence about each setting, with the combination it is about; without where all `count` have the same."""
    found: dict[str, list[tuple[Mapping[str, Any], str]]] = {}
    for at, error in wrong:
        for name, sentence in error.problems.items():
            found.setdefault(name, []).append((at, sentence))
    return {
        name: told[0][1]
        if len(told) == count and len({sentence for _, sentence in told}) == 1
        else f"{where(told[0][0])}: {told[0][1]}"
        for name, told in found.items()
    }


def where(at: Mapping[str, Any]) -> str:
    """'ipc 10, seed 3'."""
    return ", ".join(f"{name} {word(value)}" for name, value in at.items())


def _typed(name: str, listed: Sequence[Any]) -> tuple[Any, ...]:
    """The values in the setting's type, each once. Raises BadConfig."""
    if isinstance(listed, str):
        return values(name, listed)
    if name not in SETTINGS:
        raise BadConfig({name: unknown("setting", name, SETTINGS)})
    if not listed:
        raise BadConfig({name: f"{name} was given no value; list them like {example(name)}."})
    return tuple(dict.fromkeys(_value(name, value) for value in listed))


def _parts(text: str) -> list[str]:
    """What commas part; a comma inside double quotes does not."""
    return [part.strip() for part in next(csv.reader([" ".join(text.splitlines())], skipinitialspace=True), [])]


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"' if "," in word or '"' in word else word


def _spread(name: str, part: str) -> list[Any]:
    """One entry of a list: a value, or a span of numbers."""
    kind = type(DEFAULTS[name])
    if kind is int and (span := _SPAN.fullmatch(part)):
        return _steps(name, part, (span[1], span[2], "1"))
    if kind in (int, float) and part.count(":") in (1, 2):
        return _steps(name, part, (*part.split(":"), "1")[:3])
    if kind is tuple:
        return [_value(name, part.replace("+", ","))]
    return [_value(name, "" if part == EMPTY and kind is str and not SETTINGS[name].choices else part)]


def _steps(name: str, part: str, bounds: Sequence[str]) -> list[Any]:
    """start, start + step, ... up to stop, in decimal: 0:1:0.1 holds 0.3, not 0.30000000000000004."""
    try:
        start, stop, step = (Decimal(bound.strip()) for bound in bounds)
        many = (stop - start) / step
        if not many.is_finite() or many < 0:
            raise InvalidOperation
    except ArithmeticError:
        raise BadConfig({name: f"'{part:.40}' is no span for {name}; give start:stop:step such as 0:10:2."}) from None
    if many >= MOST:
        raise BadConfig({name: f"'{part:.40}' holds too many values; a sweep takes at most {MOST} runs. Shorten it."})
    return [_value(name, str(start + i * step)) for i in range(int(many) + 1)]


def _value(name: str, value: Any) -> Any:
    if isinstance(value, str) and type(DEFAULTS[name]) is int and re.fullmatch(r"-?\d+\.0+", value):
        value = value.partition(".")[0]
    try:
        return coerce(name, type(DEFAULTS[name]), value)
    except ValueError as error:
        raise BadConfig({name: str(error)}) from None


def _too_many(name: str, count: int) -> str:
    return f"With {name} the grid has {count:,} runs or more; a sweep takes at most {MOST}. Shorten a list."

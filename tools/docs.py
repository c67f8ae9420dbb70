"""Writes docs/SETTINGS.md from the engine's tables: `python -m tools.docs`. A test holds that the file is fresh."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from engine.config import DEFAULTS, SECTIONS, SETTINGS
from engine.data.catalog import DATASETS, IDC
from engine.hosts import HOSTS
from engine.metrics.catalog import METRICS
from engine.presets import PRESETS
from engine.recipes import RECIPES
from engine.validation import Setting

PAGE = Path(__file__).resolve().parent.parent / "docs" / "SETTINGS.md"

INTRODUCTION = """\
# Settings

Made by `make docs` from the tables in `engine/`; edit those, not this page.

The same names hold in the form of the Launch page, after `--set` on the command line, and in a JSON config. Not every setting
must be given. The value that counts is found in this order, and a later one wins: the default below, the recipe's, the
dataset's, the host's, the preset's, your own.
"""


def page() -> str:
    """The whole of docs/SETTINGS.md."""
    return "\n".join([INTRODUCTION, *settings(), *recipes(), *hosts(), *datasets(), *presets(), *metrics()])


def settings() -> Iterator[str]:
    """One table per section of RunConfig."""
    for section in SECTIONS:
        rows = [
            (f"`{name}`", _value(DEFAULTS[name]), _allowed(s), s.help)
            for name, s in SETTINGS.items()
            if s.section == section
        ]
        yield f"## {section}\n\n" + _table(("setting", "default", "allowed", "meaning"), rows)


def recipes() -> Iterator[str]:
    """The published methods, and the switches each one sets."""
    switches = list(next(iter(RECIPES.values())).settings())
    rows = [
        (f"`{name}`", *(_value(recipe.settings()[s]) for s in switches), recipe.summary)
        for name, recipe in RECIPES.items()
    ]
    yield "## Recipes\n\n" + _table(("recipe", *(f"`{s}`" for s in switches), "what it is"), rows)


def hosts() -> Iterator[str]:
    """The frameworks, and the numbers that each one's own paper brings."""
    rows = [
        (f"`{name}`", host.summary, _pairs(host.settings("cifar10", 10, None)) or "the dataset's, below")
        for name, host in HOSTS.items()
    ]
    heads = ("host", "what it is", "its own settings (CIFAR-10, ipc 10)")
    yield "## Hosts\n\nA recipe is a host with its switches.\n\n" + _table(heads, rows)


def datasets() -> Iterator[str]:
    """The datasets, and the settings in which each departs from the defaults."""
    rows = [(f"`{name}`", spec.summary, _pairs(spec.settings)) for name, spec in DATASETS.items()]
    yield "## Datasets\n\n" + _table(("dataset", "what it is", "its own settings"), rows)
    cells = [(f"`{c.dataset}`", _span(c.factors), _span(c.ipcs), _pairs(c.settings)) for c in IDC]
    about = "What host `idc` uses besides, where the defaults do not hold; a later line wins.\n\n"
    yield about + _table(("dataset", "factor", "ipc", "settings"), cells)


def presets() -> Iterator[str]:
    """Named starting points; those with the same summary share a line."""
    groups = [
        (summary, [name for name, _ in group])
        for summary, group in groupby(PRESETS.items(), lambda item: item[1].summary)
    ]
    rows = [(", ".join(f"`{name}`" for name in names), summary) for summary, names in groups]
    yield "## Presets\n\n" + _table(("preset", "what it is"), rows)


def metrics() -> Iterator[str]:
    """The quantities that a run records."""
    rows = [(f"`{name}`", metric.unit, metric.meaning) for name, metric in METRICS.items()]
    yield "## Curves\n\nWhat `python -m engine metrics ID` prints.\n\n" + _table(("name", "unit", "meaning"), rows)


def _allowed(setting: Setting) -> str:
    """The bounds or choices, with the unit."""
    if setting.choices:
        return ", ".join(f"`{choice}`" for choice in setting.choices)
    if setting.low is None or setting.high is None:
        return "text"
    return f"{setting.low:.10g} to {setting.high:.10g}" + (f" {setting.unit}" if setting.unit else "")


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_value, value))
    return "empty" if value == "" else f"`{value}`"


def _span(numbers: range) -> str:
    """'any', '1', '50 or more': of numbers that begin at 1."""
    if len(numbers) == 1:
        return str(numbers[0])
    return "any" if numbers[0] == 1 else f"{numbers[0]} or more"


def _pairs(values: Mapping[str, object]) -> str:
    return ", ".join(f"`{name}={value}`" for name, value in values.items())


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join("| " + " | ".join(map(_cell, line)) + " |\n" for line in lines)


def _cell(text: str) -> str:
    """Safe inside a Markdown table; a `<name>` in prose is no HTML."""
    safe = text if "`" in text else text.replace("<", "&lt;")
    return safe.replace("|", r"\|")


def main() -> int:
    PAGE.write_text(page(), encoding="utf-8")
    print(f"Wrote {PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

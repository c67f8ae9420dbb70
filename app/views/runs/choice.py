"""Which runs the list shows, and in which order: pure functions of the runs and of what a person wants."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from app.parts import words
from engine.api import Run


class Wanted(NamedTuple):
    """What is looked for, as the address says it. An empty tuple wants everything."""

    text: str = ""
    states: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    recipes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    sort: str = "newest"
    grouped: bool = False

    @property
    def narrow(self) -> bool:
        """Whether some runs may be left out."""
        return bool(self.text.strip() or self.states or self.datasets or self.recipes or self.tags)


class Order(NamedTuple):
    """One way to sort: its name in the menu, and the key by which the smallest comes first."""

    title: str
    key: Callable[[Run], Any]


def _natural(name: str) -> list[tuple[int, int, str]]:
    """'run 2' before 'run 10'."""
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", name.casefold())]


def _accuracy(run: Run) -> float:
    return run.accuracy.mean if run.accuracy else -math.inf


ORDERS: dict[str, Order] = {
    "newest": Order("Newest first", lambda run: -run.created),
    "oldest": Order("Oldest first", lambda run: run.created),
    "name": Order("Name", lambda run: _natural(run.name)),
    "accuracy": Order("Highest accuracy", lambda run: -_accuracy(run)),
    "progress": Order("Most progress", lambda run: -run.progress),
    "time": Order("Longest work", lambda run: -run.seconds),
}


def matches(run: Run, wanted: Wanted) -> bool:
    """Every word occurs in the name, dataset, recipe, preset, tags, note or id; the rest is one of what is wanted, if anything is;
    of several wanted tags it has them all."""
    return (
        (not wanted.states or run.state in wanted.states)
        and (not wanted.datasets or run.config.dataset in wanted.datasets)
        and (not wanted.recipes or run.config.recipe in wanted.recipes)
        and set(wanted.tags) <= set(run.tags)
        and _says(run, wanted.text)
    )


def _says(run: Run, text: str) -> bool:
    if not (asked := text.casefold().split()):
        return True
    config = run.config
    parts = (
        run.name,
        config.dataset,
        config.spec.title,
        config.recipe,
        words.recipe(config),
        run.preset,
        *run.tags,
        run.note,
        run.id,
    )
    hay = " ".join(parts).casefold()
    return all(word in hay for word in asked)


def shown(runs: Iterable[Run], wanted: Wanted) -> list[Run]:
    """Those that match, in the wanted order; pinned ones first in every order."""
    order = ORDERS.get(wanted.sort, ORDERS["newest"])
    return sorted((run for run in runs if matches(run, wanted)), key=lambda run: (not run.pinned, order.key(run)))


class Group(NamedTuple):
    """Those of the shown runs that differ by their seed alone, in the order of the list, and how many there are in all."""

    id: str
    runs: Sequence[Run]
    size: int


def in_order(groups: Iterable[Group], sort: str) -> list[Group]:
    """Groups by the same orders as runs: by their mean accuracy, their mean progress, their newest run, their whole work."""
    return sorted(groups, key=lambda group: (not any(run.pinned for run in group.runs), _group_key(group.runs, sort)))


def _group_key(runs: Sequence[Run], sort: str) -> Any:
    if sort == "accuracy":
        scores = [run.accuracy.mean for run in runs if run.accuracy]
        return -(sum(scores) / len(scores)) if scores else math.inf
    if sort == "progress":
        return -sum(run.progress for run in runs) / len(runs)
    if sort == "time":
        return -sum(run.seconds for run in runs)
    return min(ORDERS.get(sort, ORDERS["newest"]).key(run) for run in runs)

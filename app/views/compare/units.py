"""What one line, column or row of a comparison stands for: a run, or those of a group of seeds that were chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from app import palette
from app.charts.compare.series import marks
from app.parts import words
from app.views.compare import naming
from engine import api
from engine.api import Run

MOST, MOST_RUNS = 12, 30  # units drawn at once; runs whose curves a server keeps at hand, see app.parts.curves


class Unit(NamedTuple):
    """`key`: the run's or the group's id. `runs`: one, or all seeds. `mark`: what no other unit of the comparison has."""

    key: str
    label: str
    runs: tuple[Run, ...]
    mark: palette.Mark

    @property
    def spoken(self) -> str:
        """The label for a place that reads markdown."""
        return words.plain(self.label)


def units(runs: Sequence[Run], grouped: bool) -> list[Unit]:
    """In the order of the runs."""
    some = api.groups(runs) if grouped else {run.id: [run] for run in runs}
    configs = {key: members[0].config for key, members in some.items()}
    names = naming.groups(configs) if grouped else naming.runs(runs)
    looks = marks({key: config.recipe for key, config in configs.items()})
    return [Unit(key, names[key], tuple(members), looks[key]) for key, members in some.items()]


def again(of: Sequence[Unit], now: Sequence[Run]) -> list[Unit]:
    """The units with their runs as they are now."""
    by_id = {run.id: run for run in now}
    return [unit._replace(runs=tuple(by_id[run.id] for run in unit.runs)) for unit in of]


def drawn(of: Sequence[Unit]) -> list[Unit]:
    """The first of them: as many as one figure can hold and as have not too many runs together, but always one."""
    found: list[Unit] = []
    for unit in of[:MOST]:
        room = MOST_RUNS - sum(len(one.runs) for one in found)
        if len(unit.runs) > room and found:
            break
        found.append(unit._replace(runs=unit.runs[:room]))
    return found

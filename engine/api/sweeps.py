"""Sweeps: many runs at once, one for every combination of the listed values; looked at first, then queued, all or none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from engine import sweeps
from engine.access import changing
from engine.api import tables
from engine.api.groups import group_of
from engine.api.runs import LONGEST_NAME, Planned, clean_name, get_run, queue, title
from engine.config import RunConfig
from engine.errors import BadConfig
from engine.estimate import Estimate
from engine.runner import checks
from engine.store.records import Run
from engine.store.runs import new_id
from engine.store.workspace import Workspace

MOST_ESTIMATES = 16  # experiments whose time is worked out; more of them are judged by as many, evenly drawn
IN_TITLES = ("dataset", "recipe", "ipc")  # a run's own title tells them already
TAG = "sweep"


class SweepRun(NamedTuple):
    """One run of a planned sweep; `at` maps the varied settings to their values there."""

    name: str
    at: Mapping[str, Any]
    config: RunConfig


class SweepPlan(NamedTuple):
    """A grid before it is queued. `seconds` of work of all runs, one after another; None where nobody can tell. `experiments`
    differ by more than their seed; `estimated` of them were worked out. `memory_mb` of the largest."""

    varied: Mapping[str, tuple[Any, ...]]
    runs: tuple[SweepRun, ...]
    seconds: float | None
    memory_mb: float
    basis: str
    experiments: int
    estimated: int


def sweep_values(name: str, text: str) -> tuple[Any, ...]:
    """The list a person typed for a setting: "1, 10", "0-4", "0:1:0.25". Raises BadConfig."""
    return sweeps.values(name, text)


def sweep_text(values: Sequence[Any]) -> str:
    """The shortest text that `sweep_values` reads as these values."""
    return sweeps.text(values)


def plan_sweep(
    settings: Mapping[str, Any], varied: Mapping[str, Sequence[Any]], preset: str = "", name: str = ""
) -> SweepPlan:
    """What `launch_sweep` would queue, and how long it would take. Raises BadConfig as it would."""
    runs = tuple(_grid(settings, varied, preset, name))
    lists: dict[str, dict[Any, None]] = {}
    for run in runs:
        for setting, value in run.at.items():
            lists.setdefault(setting, {})[value] = None
    groups: dict[str, list[RunConfig]] = {}
    for run in runs:
        groups.setdefault(group_of(run.config), []).append(run.config)
    drawn, past = _evenly(list(groups.values())), tables.past()
    found = [(len(group), tables.likely(group[0], past)) for group in drawn]
    return SweepPlan(
        {setting: tuple(values) for setting, values in lists.items()},
        runs,
        _total(found, len(runs)),
        max(likely.memory_mb for _, likely in found),
        found[0][1].basis,
        len(groups),
        len(drawn),
    )


@changing
def launch_sweep(
    settings: Mapping[str, Any], varied: Mapping[str, Sequence[Any]], preset: str = "", name: str = ""
) -> list[Run]:
    """Queues a run for every combination of the varied values laid over `settings`: all of them, the setting named first
    varying slowest, or none. They share a tag, "sweep <id>". Raises BadConfig with one sentence per setting, BadRequest,
    RunFailed, NoSpace."""
    here = Workspace.current()
    tag = f"{TAG} {new_id()}"
    grid = list(_grid(settings, varied, preset, name))
    planned = {new_id(): Planned(checks.launchable(here, run.config), run.name, preset, (tag,)) for run in grid}
    queue(planned)
    return [get_run(run_id) for run_id in planned]


def _grid(
    settings: Mapping[str, Any], varied: Mapping[str, Sequence[Any]], preset: str, name: str
) -> Iterator[SweepRun]:
    """The runs with their names. Raises BadConfig."""
    given = clean_name(name)
    if not varied:
        raise BadConfig({"sweep": "No setting is varied; give at least one a list, such as seed 0-4."})
    for at, _, config in sweeps.expand(settings, varied, preset):
        told = () if given else IN_TITLES
        apart = sweeps.where({setting: value for setting, value in at.items() if setting not in told})
        whole = " · ".join(filter(None, (given or title(config), apart)))
        yield SweepRun(whole if len(whole) <= LONGEST_NAME else whole[: LONGEST_NAME - 1] + "…", at, config)


def _evenly(groups: list[list[RunConfig]]) -> list[list[RunConfig]]:
    """At most `MOST_ESTIMATES` of them, from the first to the last."""
    count = len(groups)
    if count <= MOST_ESTIMATES:
        return groups
    return [groups[round(i * (count - 1) / (MOST_ESTIMATES - 1))] for i in range(MOST_ESTIMATES)]


def _total(found: Sequence[tuple[int, Estimate]], runs: int) -> float | None:
    """Seconds of all runs, from those that were estimated."""
    if any(likely.seconds is None for _, likely in found):
        return None
    counted = sum(count for count, _ in found)
    return sum(count * (likely.seconds or 0.0) for count, likely in found) * runs / counted

"""What the matrix holds: for every row (a run, or the seeds of one experiment) and network what was measured under one protocol,
what under another, what is being measured, and what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from app.parts.protocols import in_words
from engine import api
from engine.api import Run, Task
from engine.config import SETTINGS, RunConfig
from engine.events import Pooled, Score, pooled

EVALUATE = "evaluate"
NAMES = SETTINGS["protocol"].choices


class Protocol(NamedTuple):
    """What two scores must have in common to be compared."""

    name: str
    version: int
    epochs: int
    augment: str
    cutmix: float

    @property
    def words(self) -> str:
        """The version is told after the first."""
        return in_words(self._asdict()) + (f", version {self.version}" if self.version > 1 else "")


class Found(NamedTuple):
    """One stored score of a run's images after `step` inner loops (None = the newest that were evaluated by the run itself)."""

    score: Score
    step: int | None


class Row(NamedTuple):
    """A line of the matrix."""

    key: str
    label: str
    runs: tuple[Run, ...]


class Cell(NamedTuple):
    """`score`: over the networks of all the row's runs that have one under the protocol. `missing`: runs that have none and could.
    `tasks`: what is under way for it. `other`: a score under another protocol or of older images, where there is no better.
    `unfit`: none of the runs can be evaluated under this protocol."""

    score: Pooled | None
    missing: tuple[Run, ...]
    tasks: tuple[Task, ...]
    other: Found | None
    unfit: bool


def stored(protocol: Mapping[str, Any]) -> Protocol:
    """Of a score; what an old one does not tell is empty, or the first version."""
    return Protocol(
        str(protocol.get("name", "")), int(protocol.get("version") or 1), int(protocol.get("epochs") or 0),
        str(protocol.get("augment") or ""), float(protocol.get("cutmix") or 0.0),
    )  # fmt: skip


def of_config(config: RunConfig, name: str = "") -> Protocol:
    """What a new evaluation of the run is under: the protocol of that name, or the run's own."""
    return stored(api.evaluation_protocol(config, name or config.protocol))


def of_task(config: RunConfig, task: Task) -> Protocol:
    """What an evaluation that was asked for is under; tasks from before it could be chosen do not tell, it is the run's own."""
    return of_config(config, task.params.get("protocol", ""))._replace(epochs=task.params["epochs"])


def fits(config: RunConfig, protocol: Protocol) -> bool:
    """Whether a new evaluation of this run can be under the protocol: the epochs are for the asking, the rest is as `of_config`."""
    return protocol.name in NAMES and of_config(config, protocol.name)._replace(epochs=protocol.epochs) == protocol


def found(run: Run, tasks: Sequence[Task]) -> dict[str, list[Found]]:
    """Network -> what is stored: the run's own score, then those that were asked for, newest first."""
    by_network: dict[str, list[Found]] = {}
    for score in run.results.get("distilled", ()):
        by_network.setdefault(score.network, []).append(Found(score, None))
    for task in tasks:
        for value in task.result.get("scores", ()) if task.state == "finished" else ():
            score = Score.from_dict(value)
            by_network.setdefault(score.network, []).append(Found(score, task.result.get("step")))
    return by_network


def protocols(runs: Sequence[Run], tasks: Mapping[str, Sequence[Task]]) -> list[Protocol]:
    """Those that scores are stored under, the most common first, then those that the runs would use, their own before others."""
    counts = Counter(
        stored(one.score.protocol)
        for run in runs
        for some in found(run, tasks.get(run.id, ())).values()
        for one in some
    )  # fmt: skip
    own = [of_config(run.config) for run in runs]
    others = [of_config(run.config, name) for name in NAMES for run in runs]
    return list(dict.fromkeys([*(protocol for protocol, _ in counts.most_common()), *own, *others]))


def example(runs: Sequence[Run], tasks: Mapping[str, Sequence[Task]], protocol: Protocol) -> Mapping[str, Any]:
    """All that was kept with one of the scores under this protocol; nothing where there is none."""
    kept = (one.score.protocol for run in runs for some in found(run, tasks.get(run.id, ())).values() for one in some)
    return next((whole for whole in kept if stored(whole) == protocol), {})


def cell(
    row: Row, network: str, protocol: Protocol, tasks: Mapping[str, Sequence[Task]], newest: Mapping[str, int]
) -> Cell:
    """`newest`: run -> the step of its newest images, where that is known."""
    good, missing, live, other = [], [], [], None
    for run in row.runs:
        mine = found(run, tasks.get(run.id, ())).get(network, [])
        under = [one for one in mine if stored(one.score.protocol) == protocol and _current(run, one, newest)]
        working = [
            t
            for t in tasks.get(run.id, ())
            if t.is_live and network in t.params["networks"] and of_task(run.config, t) == protocol
        ]
        live += working
        if under:
            good.append(max(under, key=lambda one: one.score.n).score)
        else:
            other = other or next(iter(mine), None)
            missing += [run] if fits(run.config, protocol) and not working else []
    unfit = not good and not any(fits(run.config, protocol) for run in row.runs)
    return Cell(pooled(good) if good else None, tuple(missing), tuple(live), other if not good else None, unfit)


def _current(run: Run, one: Found, newest: Mapping[str, int]) -> bool:
    """Whether the score is of the newest images; the run's own is, as far as anybody can tell."""
    return one.step is None or newest.get(run.id, one.step) == one.step


def has_images(run: Run) -> bool:
    """Judged by what is known of the run alone: no folder is looked into."""
    return run.step > 0 or bool(run.results)

"""What the store hands out: frozen values, no open session behind them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from engine import config as settings
from engine.config import RunConfig
from engine.events import Score
from engine.store.states import LIVE
from engine.store.tables import RunRow, TaskRow


@dataclass(frozen=True)
class Run:
    """One run as it stood when it was read. Times are seconds since the epoch; `seconds` is work time over all its lives;
    `eta` is seconds left, None while unknown. `results` maps "distilled", "initial", "random", "full" to one score per
    architecture."""

    id: str
    name: str
    state: str
    config: RunConfig
    preset: str
    phase: str
    phase_done: int
    phase_total: int
    step: int
    total: int
    created: float
    started: float | None
    finished: float | None
    seconds: float
    eta: float | None
    device: str
    error: str
    error_kind: str
    results: Mapping[str, tuple[Score, ...]] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    note: str = ""
    pinned: bool = False

    @property
    def accuracy(self) -> Score | None:
        """Score of the distilled images; None until it is measured."""
        return self._first("distilled")

    @property
    def initial(self) -> Score | None:
        """Score of the starting images, before any matching."""
        return self._first("initial")

    @property
    def random(self) -> Score | None:
        """Score of as many random real images."""
        return self._first("random")

    @property
    def full(self) -> Score | None:
        """Score of the whole training set."""
        return self._first("full")

    @property
    def progress(self) -> float:
        """Share of the inner loops that are done, 0 to 1; 1 only once the run is finished."""
        if self.state == "finished":
            return 1.0
        return min(self.step / self.total, 0.999) if self.total else 0.0

    @property
    def is_live(self) -> bool:
        """Whether it may still change by itself."""
        return self.state in LIVE

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: what `show --json` prints."""
        plain = ("id", "name", "state", "preset", "phase", "phase_done", "phase_total", "step", "total", "created", "started",
                 "finished", "seconds", "eta", "device", "error", "note", "pinned")  # fmt: skip
        scores = {name: score.to_dict() if score else None for name, score in self._headlines().items()}
        results = {what: [score.to_dict() for score in scores] for what, scores in self.results.items()}
        return (
            {name: getattr(self, name) for name in plain}
            | {"config": self.config.to_dict(), "tags": list(self.tags)}
            | scores
            | {"results": results}
        )

    def _headlines(self) -> dict[str, Score | None]:
        return {"accuracy": self.accuracy, "initial": self.initial, "random": self.random, "full": self.full}

    def _first(self, what: str) -> Score | None:
        scores = self.results.get(what, ())
        return scores[0] if scores else None


@dataclass(frozen=True)
class MetricRow:
    """One point of one curve. `seconds` is the run's work time when it was measured."""

    step: int
    name: str
    value: float
    seconds: float


@dataclass(frozen=True)
class Task:
    """One piece of work about a run, or with `run_id` "" about a dataset: queued, running, stopping, stopped, finished or failed.
    `folder` holds the files of its result."""

    id: str
    kind: str
    run_id: str
    params: Mapping[str, Any]
    state: str
    done: int
    total: int
    phase: str
    error: str
    error_kind: str
    result: Mapping[str, Any]
    folder: Path

    @property
    def is_live(self) -> bool:
        """Whether it may still change by itself."""
        return self.state in LIVE

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: what `tasks --json` prints."""
        plain = ("id", "kind", "run_id", "state", "phase", "done", "total", "error")
        return {name: getattr(self, name) for name in plain} | {
            "params": dict(self.params),
            "result": dict(self.result),
        }


class ListedRun(NamedTuple):
    """A run as lists read it, and what tells whether its worker lives."""

    run: Run
    heartbeat: float | None
    pid: int | None
    pid_created: float | None

    @property
    def state(self) -> str:
        """What the row says."""
        return self.run.state


AS_TEXT = ("config", "results", "tags")
"""What is JSON in a row. Lists read it as text: it is the same from one look to the next, and its meaning is remembered."""
PLAIN = tuple(one.name for one in fields(Run) if one.name not in AS_TEXT)
"""What is in a row as it is in a run."""
LISTED = (*PLAIN, *AS_TEXT, *ListedRun._fields[1:])
"""The columns that lists read."""
REMEMBERED = 8192  # texts; a config and its text are 5 kB


def run_from(row: RunRow) -> Run:
    """The row as a value."""
    plain: dict[str, Any] = {name: getattr(row, name) for name in PLAIN}
    return Run(config=config_from(row.config), results=_results_from(row.results), tags=tuple(row.tags), **plain)


def listed_from(row: Sequence[Any]) -> ListedRun:
    """The values of `LISTED`, in its order."""
    plain: dict[str, Any] = dict(zip(PLAIN, row, strict=False))
    config, results, tags, *beat = row[len(PLAIN) :]
    run = Run(config=_config_in(config), results=_results_in(results), tags=_tags_in(tags), **plain)
    return ListedRun(run, *beat)


@lru_cache(REMEMBERED)
def _config_in(text: str) -> RunConfig:
    return config_from(json.loads(text))


@lru_cache(REMEMBERED)
def _results_in(text: str) -> Mapping[str, tuple[Score, ...]]:
    return _results_from(json.loads(text))


@lru_cache(REMEMBERED)
def _tags_in(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


def _results_from(stored: Mapping[str, Any]) -> dict[str, tuple[Score, ...]]:
    return {what: tuple(Score.from_dict(score) for score in scores) for what, scores in stored.items()}


def config_from(stored: Mapping[str, object]) -> RunConfig:
    """A stored config; settings that this version does not know are left out, so that old runs can still be read."""
    return settings.build({k: v for k, v in stored.items() if k in settings.SETTINGS}, check=False)


def task_from(row: TaskRow, folder: Path) -> Task:
    """The row as a value."""
    same = ("id", "kind", "params", "state", "done", "total", "phase", "error", "error_kind", "result")
    return Task(folder=folder, run_id=row.run_id or "", **{name: getattr(row, name) for name in same})


def number(value: float | None) -> float:
    """A stored metric as a float; the database keeps NaN as NULL."""
    return math.nan if value is None else value

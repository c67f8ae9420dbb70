"""Waiting for a run or a task, saying on stderr how far it is."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, TypeVar

from engine import api
from engine.cli.text import span

POLL = 0.3
SPARSE_SECONDS = 10.0  # between lines where stderr is not a screen
LOOK_SECONDS = 5.0  # between looks whether the supervisor is still alive
INTERRUPTED = 130  # what a shell expects after Ctrl-C


class _Live(Protocol):
    @property
    def is_live(self) -> bool: ...


T = TypeVar("T", bound=_Live)


class _Sweep(NamedTuple):
    runs: list[api.Run]

    @property
    def is_live(self) -> bool:
        return any(run.is_live for run in self.runs)


def run(run_id: str) -> tuple[api.Run, bool]:
    """The run once it has ended, or as it is when Ctrl-C came first (and whether it did)."""
    return _follow(lambda: api.get_run(run_id), _run_line)


def sweep(run_ids: Sequence[str]) -> tuple[list[api.Run], bool]:
    """Likewise for all runs of a sweep."""
    ended, interrupted = _follow(lambda: _Sweep([api.get_run(run_id) for run_id in run_ids]), _sweep_line)
    return ended.runs, interrupted


def task(asked: api.Task) -> tuple[api.Task, bool]:
    """Likewise for a task."""
    return _follow(lambda: api.task(asked.id), _task_line)


def study(study_id: str) -> tuple[api.StudyRecord, bool]:
    """Likewise for a study: until all of its runs have ended."""
    return _follow(lambda: api.get_study(study_id), _study_line)


def _follow(read: Callable[[], T], line: Callable[[T], str]) -> tuple[T, bool]:
    tell, looked, interrupted = _Teller(), time.monotonic(), False
    try:
        while (now := read()).is_live:
            tell(line(now))
            if time.monotonic() - looked > LOOK_SECONDS:
                looked = time.monotonic()
                if not api.supervisor_alive():
                    api.ensure_supervisor()
            time.sleep(POLL)
    except KeyboardInterrupt:
        now, interrupted = read(), True
    tell.end()
    return now, interrupted


class _Teller:
    """One line that changes in place on a screen; elsewhere a line now and then."""

    def __init__(self) -> None:
        self._screen = sys.stderr.isatty()
        self._line, self._told = "", -SPARSE_SECONDS

    def __call__(self, line: str) -> None:
        now = time.monotonic()
        if line == self._line or (not self._screen and now - self._told < SPARSE_SECONDS):
            return
        self._line, self._told = line, now
        print(
            f"\r\033[2K{line}" if self._screen else line, end="" if self._screen else "\n", file=sys.stderr, flush=True
        )

    def end(self) -> None:
        if self._screen and self._line:
            print(file=sys.stderr)


def _run_line(one: api.Run) -> str:
    eta = f", about {span(one.eta)} left" if one.eta is not None else ""
    return f"{one.state:<9} {one.progress:4.0%}  {_phase(one.phase, one.phase_done, one.phase_total)}{eta}"


def _sweep_line(found: _Sweep) -> str:
    ended = sum(not run.is_live for run in found.runs)
    progress = sum(run.progress for run in found.runs) / len(found.runs)
    return f"{progress:4.0%}  {ended} of {len(found.runs)} runs have ended"


def _task_line(one: api.Task) -> str:
    return f"{one.state:<9} {_phase(one.phase, one.done, one.total)}"


def _study_line(one: api.StudyRecord) -> str:
    failed = f", {len(one.failed)} failed" if one.failed else ""
    return f"{one.state:<9} {one.progress:4.0%}  of {len(one.members)} runs{failed}"


def _phase(phase: str, done: int, total: int) -> str:
    return f"{phase} {done}/{total}" if total else phase

"""The machine behind the pages: its background processes, devices, queue, storage, logs and versions."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import NamedTuple

import psutil

from engine import doctor, provenance
from engine import estimate as estimator
from engine.access import changing
from engine.api import tables
from engine.config import RunConfig
from engine.doctor import Check
from engine.errors import BadConfig, BadRequest, unknown
from engine.runner import gauges, life, process, slots
from engine.runner.gauges import Gauge
from engine.store import cleanup, queue, runs, tasks, usage
from engine.store.cleanup import Cleanup
from engine.store.database import read
from engine.store.records import Run, Task, run_from
from engine.store.states import AT_WORK
from engine.store.tables import RunRow, ServiceRow
from engine.store.usage import Usage
from engine.store.workspace import Workspace

LOGS = {"supervisor": "Supervisor", "lab": "Lab"}
LOG_BYTES = 64 * 1024  # of the end of a log
LOOK_SECONDS = 0.3  # that one look at the storage may take
PACKAGES = ("torch", "torchvision", "streamlit", "plotly", "numpy", "scikit-learn", "umap-learn", "fast-pytorch-kmeans", "SQLAlchemy",
            "safetensors", "pillow", "psutil")  # fmt: skip


class Service(NamedTuple):
    """A background process that exists once. `since`, `seen`: seconds since the epoch, 0 when it is not there."""

    name: str
    alive: bool
    pid: int
    since: float
    seen: float


class Worker(NamedTuple):
    """The process of a run that is at work. `memory`: MB, None when it cannot be told."""

    run: Run
    slot: str
    pid: int
    memory: float | None


class Waiting(NamedTuple):
    """A run in the queue. `start`: seconds until it is likely to start, `seconds`: how long it is likely to take; None = nobody knows."""

    run: Run
    position: int
    start: float | None
    seconds: float | None


def service(name: str) -> Service:
    """The "supervisor", which starts runs, or the "lab", which does tasks."""
    with read(Workspace.current()) as session:
        row = session.get(ServiceRow, name)
    if row is None or not process.alive(row.pid, row.pid_created):
        return Service(name, False, 0, 0.0, 0.0)
    return Service(name, True, row.pid, row.pid_created, row.heartbeat)


def workers() -> list[Worker]:
    """Runs that are at work, in the order in which they were queued."""
    rows = [row for row in runs.in_states(Workspace.current(), AT_WORK) if not life.is_lost(row)]
    return [Worker(run_from(row), row.slot, row.pid or 0, _memory(row)) for row in rows]


def devices() -> tuple[Gauge, ...]:
    """What runs can work on, and how busy each is; `slot` is that of `Worker`."""
    return gauges.gauges()


def queue_length() -> int:
    """How many runs wait."""
    return queue.length(Workspace.current())


def queued(most: int | None = None) -> list[Waiting]:
    """The first waiting runs (None = all of them) in the order in which they will start."""
    here = Workspace.current()
    present = slots.gpus()
    free_at: dict[str, float | None] = dict.fromkeys((slots.CPU, *(gpu.uuid for gpu in present)), 0.0)
    for row in runs.in_states(here, AT_WORK):
        free_at[row.slot] = row.eta
    past = tables.past()
    found = []
    for position, row in enumerate(queue.first(here, most)):
        run = run_from(row)
        seconds = _seconds(run.config, present, past)
        start = _start(free_at, run.config, present, seconds)
        found.append(Waiting(run, position, start, seconds))
    return found


@changing
def move_in_queue(run_id: str, to: int) -> None:
    """Puts a waiting run at a position of the queue, 0 = next. Raises NotFound, WrongState, BadRequest."""
    queue.move(Workspace.current(), run_id, to)


def live_tasks() -> list[Task]:
    """Tasks at work, then those that wait, in the order in which they are done."""
    return tasks.live(Workspace.current())


def storage(anew: bool = False) -> Usage:
    """What the workspace takes on disk. A first look at very many runs takes several calls: see `Usage.complete`."""
    here = Workspace.current()
    if anew:
        usage.forget(here)
    return usage.usage(here, LOOK_SECONDS)


def cleanups() -> list[Cleanup]:
    """What can go to make room, with what each would free now."""
    return cleanup.cleanups(Workspace.current())


@changing
def clean(name: str) -> int:
    """Does one of the clean-ups; bytes freed. Raises BadRequest for an unknown name, WrongState where live work needs the files."""
    return cleanup.clean(Workspace.current(), name)


def service_log(name: str) -> list[str]:
    """The last lines of the log of the "supervisor" or "lab", newest first. Raises BadRequest for another name."""
    if name not in LOGS:
        raise BadRequest(unknown("log", name, LOGS))
    here = Workspace.current()
    path = here.supervisor_log if name == "supervisor" else here.lab_log
    return _tail(path)[::-1]


def versions() -> dict[str, str]:
    """What is installed: Distillery, Python, the system, and the packages that matter; "" = not installed."""
    commit = provenance.checkout(provenance.ROOT)
    own = provenance.version() + (f", commit {commit[:9]}" if commit else "")
    known = {"Distillery": own, "Python": platform.python_version(), "System": platform.platform()}
    return known | {name: provenance.installed(name) for name in PACKAGES}


def findings(thorough: bool = False) -> list[Check]:
    """What works on this machine and what does not; `thorough` starts torch in a process of its own, which takes some seconds."""
    here = Workspace.current()
    quick = [doctor.python(), *doctor.packages(), doctor.disk(here), doctor.writable(here), doctor.database(here)]
    return [*quick, *(doctor.torch_and_devices() if thorough else [])]


def _memory(row: RunRow) -> float | None:
    if not process.alive(row.pid, row.pid_created):
        return None
    try:
        return float(psutil.Process(row.pid).memory_info().rss) / 1e6
    except psutil.Error:
        return None


def _seconds(config: RunConfig, present: tuple[slots.Gpu, ...], past: list[estimator.Past]) -> float | None:
    try:
        on_gpu = slots.choices(config.device, present) != (slots.CPU,)
    except BadConfig:
        return None
    return estimator.estimate(config, on_gpu, past).seconds


def _start(
    free_at: dict[str, float | None], config: RunConfig, present: tuple[slots.Gpu, ...], seconds: float | None
) -> float | None:
    """When one of its slots becomes free, by which that slot is then taken for as long as the run takes."""
    try:
        known = [(at, slot) for slot in slots.choices(config.device, present) if (at := free_at[slot]) is not None]
    except BadConfig:
        return None
    if not known:
        return None
    start, slot = min(known)
    free_at[slot] = None if seconds is None else start + seconds
    return start


def _tail(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - LOG_BYTES))
            text = file.read().decode("utf-8", errors="replace")
    except OSError:
        return []
    return [line for line in text.splitlines() if line.strip()]

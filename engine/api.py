"""The one door to the engine for the screens, the command line and notebooks. Torch-free.

Everything is about the workspace of this process: DISTILLERY_HOME, default ./workspace. Nothing here computes: runs and tasks
are put into the queue, and the supervisor's processes do the work whether or not the caller stays. All functions raise errors
of `engine.errors` only; besides those named in the docstrings, any may raise RunFailed or Damaged when the database fails.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from engine import estimate as estimator
from engine.config import RunConfig, build
from engine.data.catalog import DATASETS
from engine.errors import BadRequest, NotFound, WrongState
from engine.estimate import Estimate, Past
from engine.presets import PRESETS
from engine.recipes import RECIPES
from engine.runner import checks, kinds, life, services, slots
from engine.store import artifacts, runs, tasks
from engine.store import published as publications
from engine.store.artifacts import Images
from engine.store.database import write
from engine.store.published import PublishedFigure
from engine.store.records import MetricRow, Run, Task, config_from
from engine.store.states import STATES
from engine.store.workspace import RunFolder, Workspace

__all__ = [
    "STATES", "Estimate", "MetricRow", "PublishedFigure", "Run", "Task", "class_names", "datasets", "delete", "ensure_supervisor",
    "estimate", "free_memory", "get_run", "launch", "list_runs", "log", "metrics", "pause", "presets", "published", "recipes", "rename", "request",
    "restore", "resume", "snapshot", "snapshots", "stop", "supervisor_alive", "task", "workspace",
]  # fmt: skip

LONGEST_NAME = 120  # characters
PAST_RUNS = 5  # whose speed an estimate rests on


def workspace() -> Path:
    """The folder that holds everything: DISTILLERY_HOME, else ./workspace."""
    return Workspace.current().root


# ---- runs


def launch(settings: Mapping[str, object], preset: str = "", name: str = "") -> Run:
    """Queues a run of these settings (see `engine.config.build`) and makes sure that a supervisor is alive to start it.

    Everything that can be known now is checked before anything is kept. Raises BadConfig with one sentence per setting,
    BadRequest when the disk is nearly full.
    """
    here = Workspace.current()
    config = checks.launchable(here, build(settings, preset))
    run_id, title = runs.new_id(), _clean_name(name) or _title(config)
    folder = here.run(run_id)
    ensure_supervisor()  # first: where none can be started, nothing is left in a queue
    try:
        folder.root.mkdir(parents=True)
        artifacts.write_json(folder.config, config.to_dict())
        with write(here) as session:
            runs.insert(session, run_id, config, preset, title)
    except BaseException:
        shutil.rmtree(folder.root, ignore_errors=True)
        raise
    return get_run(run_id)


def list_runs() -> list[Run]:
    """All runs, newest first; deleted ones are hidden."""
    return [life.seen(row) for row in runs.rows(Workspace.current())]


def get_run(run_id: str) -> Run:
    """Raises NotFound."""
    return life.seen(runs.row(Workspace.current(), run_id))


def stop(run_id: str) -> Run:
    """Asks a run to stop after writing a checkpoint; a queued one stops at once. Raises NotFound, WrongState."""
    return _wish(run_id, "stop")


def pause(run_id: str) -> Run:
    """Like `stop`, for a run that is meant to go on later. Raises NotFound, WrongState."""
    return _wish(run_id, "pause")


def resume(run_id: str) -> Run:
    """Queues a stopped, paused, failed or lost run, to go on from its newest checkpoint. Raises NotFound, WrongState."""
    here = Workspace.current()
    life.settle(here, runs.row(here, run_id))
    checks.enough_disk(here)
    runs.requeue(here, run_id)
    ensure_supervisor()
    return get_run(run_id)


def delete(run_id: str) -> None:
    """Hides a run; `restore` brings it back within a day, then its files go. Raises NotFound, WrongState for a live one."""
    here = Workspace.current()
    life.settle(here, runs.row(here, run_id))
    runs.set_deleted(here, run_id, deleted=True)


def restore(run_id: str) -> Run:
    """Undoes `delete`. Raises NotFound when there is nothing left to restore."""
    runs.set_deleted(Workspace.current(), run_id, deleted=False)
    return get_run(run_id)


def rename(run_id: str, name: str) -> Run:
    """Raises NotFound, BadRequest for a name that is empty or too long."""
    clean = _clean_name(name)
    if not clean:
        raise BadRequest("The new name is empty; give at least one visible character.")
    runs.rename(Workspace.current(), run_id, clean)
    return get_run(run_id)


# ---- what a run has recorded


def metrics(run_id: str, names: Sequence[str] = (), after: int = 0) -> tuple[list[MetricRow], int]:
    """Points written since the cursor `after` (0 = all), oldest first, and the cursor to ask with next time.

    `names` narrows to some quantities. After a resume a step may come again: the later row counts. Raises NotFound.
    """
    return runs.metrics(Workspace.current(), run_id, names, after)


def snapshots(run_id: str) -> list[int]:
    """Steps whose synthetic images are kept, ascending. Raises NotFound."""
    return artifacts.steps(_folder(run_id).snapshots)


def snapshot(run_id: str, step: int) -> Images:
    """The synthetic images after `step` inner loops: float32 [K*ipc, C, H, W] in [0, 1], class-major. Raises NotFound, Damaged."""
    return artifacts.read_snapshot(_folder(run_id), step)


def class_names(run_id: str) -> tuple[str, ...]:
    """Names of the classes in label order; empty until the run has read its data. Raises NotFound."""
    path = _folder(run_id).classes
    return tuple(artifacts.read_json(path)) if path.exists() else ()


def log(run_id: str, after: int = 0) -> tuple[str, int]:
    """The log past the byte offset `after` and the offset to ask with next time. Raises NotFound."""
    return artifacts.read_log(_folder(run_id), after)


# ---- tasks: work about a run, done in the background, kept by content


def request(kind: str, run_id: str, params: Mapping[str, Any]) -> Task:
    """Asks for work about a run: "sampling", "evaluate" or "export". Raises NotFound, BadConfig, WrongState.

    The same kind and parameters on an unchanged run give the same task back, finished or not.
    """
    here = Workspace.current()
    row = runs.row(here, run_id)
    clean = kinds.check(kind, params, config_from(row.config))
    if kinds.KINDS[kind].needs_images and not artifacts.steps(here.run(run_id).snapshots):
        raise WrongState(f"Run '{run_id}' is {row.state} and has no images yet; wait for its first snapshot.")
    found = tasks.request(here, kind, run_id, clean, checks.content(here.run(run_id)))
    if found.is_live:
        ensure_supervisor()
    return found


def task(task_id: str) -> Task:
    """How far a task is. Raises NotFound."""
    return tasks.get(Workspace.current(), task_id)


# ---- tables and figures


def estimate(config: RunConfig) -> Estimate:
    """Time and memory that a run of this config is likely to take here. Raises BadConfig for a device that is not there."""
    on_gpu = slots.choices(config.device, slots.gpus()) != (slots.CPU,)
    measured = runs.speeds(Workspace.current(), PAST_RUNS)
    past = [Past(config_from(row.config), row.slot != slots.CPU, speed) for row, speed in measured]
    return estimator.estimate(config, on_gpu, past)


def free_memory(config: RunConfig) -> float | None:
    """Megabytes that a run of this config could still take now; None on a GPU, whose run takes as many classes at once as
    there is room for. Raises BadConfig for a device that is not there."""
    on_gpu = slots.choices(config.device, slots.gpus()) != (slots.CPU,)
    return None if on_gpu else float(psutil.virtual_memory().available) / 1e6


def published(config: RunConfig) -> tuple[PublishedFigure, ...]:
    """Published accuracies for this dataset and number of images per class; empty where there are none."""
    return publications.figures(config.dataset, config.ipc)


def datasets() -> list[dict[str, Any]]:
    """The table of datasets, JSON-ready."""
    shown = ("title", "summary", "channels", "side", "classes", "train", "test", "needs_path")
    return [{"name": name} | {key: getattr(spec, key) for key in shown} for name, spec in DATASETS.items()]


def recipes() -> list[dict[str, Any]]:
    """The table of recipes, JSON-ready."""
    return [{"name": name} | recipe._asdict() for name, recipe in RECIPES.items()]


def presets() -> list[dict[str, Any]]:
    """The table of presets, JSON-ready."""
    return [{"name": name} | preset._asdict() for name, preset in PRESETS.items()]


# ---- the supervisor


def ensure_supervisor() -> None:
    """Returns once this workspace's supervisor is alive, after starting it if need be. Raises RunFailed."""
    services.ensure_supervisor(Workspace.current())


def supervisor_alive() -> bool:
    """Whether someone is there to start queued runs."""
    return services.alive(Workspace.current(), services.SUPERVISOR)


def _folder(run_id: str) -> RunFolder:
    """The files of a run. Raises NotFound. No database is asked: screens look here several times a second."""
    folder = Workspace.current().run(run_id)
    if not folder.root.is_dir():
        raise NotFound(f"There is no run '{run_id}' in workspace '{workspace()}'; 'list' shows those there are.")
    return folder


def _wish(run_id: str, what: str) -> Run:
    here = Workspace.current()
    life.settle(here, runs.row(here, run_id))
    runs.wish(here, run_id, what)
    return get_run(run_id)


def _clean_name(name: str) -> str:
    """One line of visible characters. Raises BadRequest when it is too long."""
    clean = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    if len(clean) > LONGEST_NAME:
        raise BadRequest(f"The name has {len(clean)} characters; give at most {LONGEST_NAME}.")
    return clean


def _title(config: RunConfig) -> str:
    """A name for a run that was given none."""
    return f"{RECIPES[config.recipe].title} on {DATASETS[config.dataset].title}, ipc {config.ipc}"

"""Runs: launch, list, stop, resume, delete; and the supervisor that works on them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from engine.access import changing
from engine.config import RunConfig, build
from engine.data.catalog import DATASETS
from engine.errors import BadRequest
from engine.results import methods
from engine.runner import checks, life, services
from engine.store import artifacts, runs
from engine.store import sparks as store_sparks
from engine.store.database import write
from engine.store.records import Run
from engine.store.sparks import Spark
from engine.store.workspace import Workspace

LONGEST_NAME = 120  # characters


def workspace() -> Path:
    """The folder that holds everything: DISTILLERY_HOME, else ./workspace."""
    return Workspace.current().root


@changing
def ensure_supervisor() -> None:
    """Returns once this workspace's supervisor is alive, after starting it if need be. Raises RunFailed."""
    services.ensure_supervisor(Workspace.current())


def supervisor_alive() -> bool:
    """Whether someone is there to start queued runs."""
    return services.alive(Workspace.current(), services.SUPERVISOR)


@changing
def launch(settings: Mapping[str, object], preset: str = "", name: str = "") -> Run:
    """Queues a run of these settings (see `engine.config.build`) and makes sure that a supervisor is alive to start it.

    Everything that can be known now is checked before anything is kept. Raises BadConfig with one sentence per setting,
    BadRequest when the disk is nearly full.
    """
    config = checks.launchable(Workspace.current(), build(settings, preset))
    run_id = runs.new_id()
    queue({run_id: Planned(config, clean_name(name) or title(config), preset)})
    return get_run(run_id)


class Planned(NamedTuple):
    """A run that has been checked and may be queued."""

    config: RunConfig
    name: str
    preset: str = ""
    tags: tuple[str, ...] = ()


@changing
def queue(planned: Mapping[str, Planned]) -> None:
    """Queues runs under these new ids: all of them, in this order, or none. Raises RunFailed, NoSpace."""
    here = Workspace.current()
    folders = {run_id: here.run(run_id) for run_id in planned}
    services.ensure_supervisor(here)  # first: where none can be started, nothing is left in a queue
    try:
        for run_id, folder in folders.items():
            folder.root.mkdir(parents=True)
            artifacts.write_json(folder.config, planned[run_id].config.to_dict())
        with write(here) as session:
            for run_id, (config, name, preset, tags) in planned.items():
                runs.insert(session, run_id, config, preset, name, tags)
    except BaseException:
        for folder in folders.values():
            shutil.rmtree(folder.root, ignore_errors=True)
        raise


def list_runs() -> list[Run]:
    """All runs, newest first; deleted ones are hidden."""
    return [life.seen(row) for row in runs.rows(Workspace.current())]


def sparks(run_ids: Sequence[str]) -> dict[str, Spark]:
    """Run -> at most 24 values, oldest first, of its accuracy in percent, or of its gradient loss while accuracy was measured
    less than twice. Runs without either, and ids of no run, are left out. One query, whatever the number of runs."""
    return store_sparks.sparks(Workspace.current(), run_ids)


def get_run(run_id: str) -> Run:
    """Raises NotFound."""
    return life.seen(runs.row(Workspace.current(), run_id))


@changing
def stop(run_id: str) -> Run:
    """Asks a run to stop after writing a checkpoint; a queued one stops at once. Raises NotFound, WrongState."""
    return _wish(run_id, "stop")


@changing
def pause(run_id: str) -> Run:
    """Like `stop`, for a run that is meant to go on later. Raises NotFound, WrongState."""
    return _wish(run_id, "pause")


@changing
def resume(run_id: str) -> Run:
    """Queues a stopped, paused, failed or lost run, to go on from its newest checkpoint. Raises NotFound, WrongState."""
    here = Workspace.current()
    life.settle(here, runs.row(here, run_id))
    checks.enough_disk(here)
    runs.requeue(here, run_id)
    services.ensure_supervisor(here)
    return get_run(run_id)


@changing
def delete(run_id: str) -> None:
    """Hides a run; `restore` brings it back within a day, then its files go. Raises NotFound, WrongState for a live one."""
    here = Workspace.current()
    life.settle(here, runs.row(here, run_id))
    runs.set_deleted(here, run_id, deleted=True)


@changing
def restore(run_id: str) -> Run:
    """Undoes `delete`. Raises NotFound when there is nothing left to restore."""
    runs.set_deleted(Workspace.current(), run_id, deleted=False)
    return get_run(run_id)


@changing
def rename(run_id: str, name: str) -> Run:
    """Raises NotFound, BadRequest for a name that is empty or too long."""
    clean = clean_name(name)
    if not clean:
        raise BadRequest("The new name is empty; give at least one visible character.")
    runs.label(Workspace.current(), run_id, name=clean)
    return get_run(run_id)


def _wish(run_id: str, what: str) -> Run:
    here = Workspace.current()
    life.settle(here, runs.row(here, run_id))
    runs.wish(here, run_id, what)
    return get_run(run_id)


def clean_name(name: str) -> str:
    """One line of visible characters. Raises BadRequest when it is too long."""
    clean = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    if len(clean) > LONGEST_NAME:
        raise BadRequest(f"The name has {len(clean)} characters; give at most {LONGEST_NAME}.")
    return clean


def title(config: RunConfig) -> str:
    """A name for a run that was given none."""
    return f"{methods.title(config)} on {DATASETS[config.dataset].title}, ipc {config.ipc}"

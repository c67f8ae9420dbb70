"""Studies: launch a grid of runs, see how far it is, stop and resume it, and read the rows of its figure.

A study's runs are runs like any other, and are worked on like any other; the study is a file that lists them.
"""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
import statistics
import time
from collections.abc import Mapping, Sequence
from typing import Any

from engine.access import changing
from engine.api import runs as api_runs
from engine.api import tables
from engine.api.runs import Planned
from engine.config import RunConfig, build
from engine.errors import BadConfig, Damaged, NotFound, WrongState, pick
from engine.metrics.catalog import METRICS
from engine.protocols import protocol
from engine.runner import checks
from engine.store.records import Run
from engine.store.runs import new_id
from engine.store.states import RESUMABLE
from engine.store.workspace import Workspace
from engine.studies import STUDIES, Failure, Member, Row, Study, StudyRecord, record
from engine.studies.cells import own_settings
from engine.studies.gather import gather
from engine.studies.study import RESULTS

ENDED_BADLY = {"failed": "It failed.", "lost": "Its process ended unexpectedly."}


def studies() -> list[dict[str, Any]]:
    """The table of studies, JSON-ready. `scales`: name -> title and number of runs. `axes`: title, unit and meaning of each
    of the quantities."""
    return [{"name": name} | _described(study) for name, study in STUDIES.items()]


def study_seconds(scale: str) -> dict[str, float | None]:
    """Name -> what all runs of that study would take here, one after another, in seconds; None where nothing can tell."""
    past, found = tables.past(), {}
    for name, study in STUDIES.items():
        each = [tables.likely(config, past).seconds for config in _configs(study, scale, {}).values()]
        found[name] = sum(one or 0.0 for one in each) if None not in each else None
    return found


@changing
def launch_study(name: str, scale: str = "digits", settings: Mapping[str, object] = {}) -> StudyRecord:
    """Queues all runs of a study, after every one of their configs was checked; all of them or none.

    `settings` win over those of the scale, not over those that a cell is made of. Raises BadConfig for an unknown study or
    scale, for settings that cannot be run and for those that the study itself varies; BadRequest, RunFailed, NoSpace.
    """
    here, study = Workspace.current(), pick(STUDIES, "study", name)
    pick(study.scales, "scale", scale)
    configs = _checked(here, study, scale, settings)
    members = tuple(Member(cell, seed, new_id()) for cell, seed in configs)
    planned = {m.run_id: Planned(configs[m.cell, m.seed], _title(study, m), "") for m in members}
    launched = StudyRecord(new_id(), name, scale, time.time(), record.as_kept(name, scale, settings), members)
    try:
        record.write(here, launched)  # first: better a study that misses its runs than runs that no study knows of
        api_runs.queue(planned)
    except BaseException:
        shutil.rmtree(here.study(launched.id), ignore_errors=True)
        raise
    return get_study(launched.id)


def list_studies() -> list[StudyRecord]:
    """All that were launched, newest first. Files that cannot be read back are left out; `get_study` says why."""
    here, known, found = Workspace.current(), _runs(), []
    for study_id in record.ids(here):
        with contextlib.suppress(Damaged, NotFound):
            found.append(_seen(record.read(here, study_id), known))
    return sorted(found, key=lambda one: (-one.created, one.id))


def get_study(study_id: str) -> StudyRecord:
    """How far a study is. Raises NotFound, Damaged."""
    return _seen(record.read(Workspace.current(), study_id), _runs())


@changing
def stop_study(study_id: str) -> StudyRecord:
    """Stops all of its runs that have not ended. Raises NotFound, Damaged, WrongState where there is none."""
    live = [run for _, run in _present(study_id) if run.is_live]
    if not live:
        raise WrongState(
            f"Study '{study_id}' is {get_study(study_id).state}; only one with runs to come can be stopped."
        )
    for run in reversed(live):  # the last in the queue first, lest a run be started only to be stopped
        with contextlib.suppress(WrongState):  # it has ended in the meantime
            api_runs.stop(run.id)
    return get_study(study_id)


@changing
def resume_study(study_id: str) -> StudyRecord:
    """Queues those of its runs that were stopped or have failed, to go on. Raises NotFound, Damaged, WrongState where there
    is none."""
    ended = [run for _, run in _present(study_id) if run.state in RESUMABLE]
    if not ended:
        raise WrongState(
            f"Study '{study_id}' is {get_study(study_id).state}; only one with stopped or failed runs can be resumed."
        )
    for run in ended:
        with contextlib.suppress(WrongState):
            api_runs.resume(run.id)
    return get_study(study_id)


@changing
def delete_study(study_id: str) -> None:
    """Deletes a study and its runs; each of these can be restored within a day, the study cannot. Raises NotFound, Damaged,
    WrongState for one that is running."""
    runs = [run for _, run in _present(study_id)]
    if any(run.is_live for run in runs):
        raise WrongState(f"Study '{study_id}' is running; stop it first, then delete it.")
    for run in runs:
        api_runs.delete(run.id)
    shutil.rmtree(Workspace.current().study(study_id), ignore_errors=True)


def study_rows(study_id: str) -> list[Row]:
    """The rows of its figure: what its runs have recorded so far, but for those that failed, then what the paper printed. Scores
    count once a run has finished; curves of runs under way are shown where no run of their cell has. Raises NotFound, Damaged."""
    here = Workspace.current()
    study = STUDIES[record.read(here, study_id).name]
    counting = [(member, run) for member, run in _present(study_id) if run.state not in ENDED_BADLY]
    return [*study.rows(gather(here, counting, study.quantities)), *study.published()]


def study_protocols(study_id: str) -> dict[str, dict[str, Any]]:
    """Cell -> the protocol that the scores in its figure are by, as they store it. Raises NotFound, Damaged."""
    full = STUDIES[record.read(Workspace.current(), study_id).name].scored == "full"
    runs = {member.cell: run.config for member, run in _present(study_id)}
    return {
        cell: protocol(config, config.full_epochs if full else config.eval_epochs).to_dict()
        for cell, config in runs.items()
    }


# ---- launching


def _checked(
    here: Workspace, study: Study, scale: str, settings: Mapping[str, object]
) -> dict[tuple[str, int], RunConfig]:
    """(cell, seed) -> its config. Raises BadConfig, BadRequest."""
    own = own_settings(study.cells(scale))
    if problems := {name: _own(name) for name in settings if name in own}:
        raise BadConfig(problems)
    return {key: checks.launchable(here, config) for key, config in _configs(study, scale, settings).items()}


def _configs(study: Study, scale: str, settings: Mapping[str, object]) -> dict[tuple[str, int], RunConfig]:
    """The same, without a look at this machine."""
    _, common, seeds = study.scales[scale]
    return {
        (cell.label, seed): build({**common, **settings, **cell.settings, "seed": seed})
        for cell in study.cells(scale)
        for seed in seeds
    }


def _own(name: str) -> str:
    return f"{name} is what the study itself sets from run to run; leave it out, or launch a single run with it."


def _title(study: Study, member: Member) -> str:
    return f"{study.title} · {member.cell} · seed {member.seed}"


def _described(study: Study) -> dict[str, Any]:
    axes = {name: (METRICS | RESULTS)[name]._asdict() for name in study.quantities}
    plain = ("title", "question", "see", "source", "shape", "scored")
    scales = {
        name: {"title": scale.title, "runs": len(study.cells(name)) * len(scale.seeds)}
        for name, scale in study.scales.items()
    }
    return {key: getattr(study, key) for key in plain} | {
        "quantities": list(study.quantities),
        "axes": axes,
        "scales": scales,
    }


# ---- reading


def _runs() -> dict[str, Run]:
    return {run.id: run for run in api_runs.list_runs()}


def _present(study_id: str) -> list[tuple[Member, Run]]:
    """Its members with their runs; without those that were deleted. Raises NotFound, Damaged."""
    members, known = record.read(Workspace.current(), study_id).members, _runs()
    return [(member, known[member.run_id]) for member in members if member.run_id in known]


def _seen(kept: StudyRecord, known: Mapping[str, Run]) -> StudyRecord:
    """The study as its runs stand."""
    found = [known.get(member.run_id) for member in kept.members]
    failed = tuple(
        Failure(member.cell, member.seed, error)
        for member, run in zip(kept.members, found, strict=True)
        if (error := _error(run))
    )
    there = [run for run in found if run]
    return dataclasses.replace(
        kept,
        state=_state(there),
        progress=statistics.fmean(run.progress for run in there) if there else 0.0,
        failed=failed,
        resumable=any(run.state in RESUMABLE for run in there),
    )


def _state(there: Sequence[Run]) -> str:
    """Of the runs that were not deleted."""
    states = {run.state for run in there}
    if any(run.is_live for run in there):
        return "running"
    if states & {"stopped", "paused"}:
        return "stopped"
    return "failed" if states & set(ENDED_BADLY) or not there else "finished"


def _error(run: Run | None) -> str:
    """Why the figure has to do without this run; empty when it need not."""
    if run is None:
        return "Its run was deleted."
    return (run.error or ENDED_BADLY[run.state]) if run.state in ENDED_BADLY else ""

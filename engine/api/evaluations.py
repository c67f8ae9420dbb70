"""Evaluations that were asked for beside those of the runs themselves: of many runs at once, and what more of them would take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from engine import estimate as estimator
from engine.api.tables import past
from engine.config import RunConfig
from engine.runner import slots
from engine.store import tasks
from engine.store.records import Task
from engine.store.workspace import Workspace

KIND = "evaluate"


def evaluations(run_ids: Iterable[str]) -> dict[str, list[Task]]:
    """Every run's tasks of kind "evaluate" in any state, newest first; runs without one, known or not, are left out. One query,
    however many runs. Raises NotFound for what is no id."""
    found: dict[str, list[Task]] = {}
    for task in tasks.of_runs(Workspace.current(), run_ids, KIND):
        found.setdefault(task.run_id, []).append(task)
    return found


def evaluation_seconds(config: RunConfig, networks: Sequence[str], epochs: int, repeats: int) -> float | None:
    """Seconds that training `repeats` networks of each architecture on a run's images is likely to take here; None where nothing
    was measured yet. Raises BadConfig for a device that is not there."""
    on_gpu = slots.choices(config.device, slots.gpus()) != (slots.CPU,)
    asked = replace(config, eval_networks=tuple(networks), eval_epochs=epochs, eval_repeats=repeats)
    return estimator.evaluation(asked, on_gpu, past())

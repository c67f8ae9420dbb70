"""Evaluations that were asked for beside those of the runs themselves: of many runs at once, and what more of them would take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine import estimate as estimator
from engine import protocols
from engine.api.tables import past
from engine.config import RunConfig
from engine.errors import pick
from engine.runner import kinds, slots
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


def evaluation_protocol(config: RunConfig, name: str) -> dict[str, Any]:
    """The protocol of that name as it would be stored with a score of this run's images: its own settings where it is the run's
    own, otherwise E-IDC as DREAM+ is tested on the dataset, E-DC without augmentation. Raises BadConfig for another name."""
    pick(protocols.PROTOCOLS, "protocol", name)
    under = protocols.tested_under(config, name)
    return protocols.protocol(under, under.eval_epochs).to_dict()


def evaluation_seconds(config: RunConfig, params: Mapping[str, Any]) -> float | None:
    """Seconds that an "evaluate" task with these parameters is likely to take here; None where nothing was measured yet. Raises
    BadConfig for wrong parameters and for a device that is not there."""
    on_gpu = slots.choices(config.device, slots.gpus()) != (slots.CPU,)
    asked = protocols.as_asked(config, kinds.check(KIND, params, config))
    return estimator.evaluation(asked, on_gpu, past())

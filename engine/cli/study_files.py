"""The figures of a study that have no rows, left as files in `<workspace>/studies/<id>/export/`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import safetensors.numpy
from safetensors import SafetensorError

from engine import api
from engine.api import Run, StudyRecord
from engine.cli import watch
from engine.errors import Damaged, RunFailed
from engine.export import folder_names
from engine.store.workspace import Workspace
from engine.studies import export

LABEL = 0  # of the class that the study's page shows first
Cells = Mapping[str, Run]


def write(study: StudyRecord) -> list[Path]:
    """Makes them from the first finished run of each cell, and asks the engine for what that needs; none for a study whose figure
    is all in its rows, or that has no finished runs. Raises RunFailed, NoSpace, Damaged; KeyboardInterrupt after Ctrl-C."""
    make, known = MAKERS.get(study.name), {run.id: run for run in api.list_runs()}
    cells: dict[str, Run] = {}
    for member in study.members:
        run = known.get(member.run_id)
        if run and run.state == "finished":
            cells.setdefault(member.cell, run)
    return make(_folder(study), cells) if make and cells else []


def _folder(study: StudyRecord) -> Path:
    return Workspace.current().study(study.id) / "export"


def _along(folder: Path, cells: Cells) -> list[Path]:
    steps = export.shared_moments([api.snapshots(run.id) for run in cells.values()])
    if not steps:
        return []
    images = [[api.snapshot(run.id, step) for step in steps] for run in cells.values()]
    name = f"along-steps-{'-'.join(map(str, steps))}.png"
    return [export.along(folder / name, images, next(iter(cells.values())).config.ipc)]


def _distribution(folder: Path, cells: Cells) -> list[Path]:
    """By the same parameters as the study's page, so that one answer serves both."""
    if len(cells) < 2:
        return []
    (name, first), (other_name, other), *_ = cells.items()
    params = {"other": other.id, "label": LABEL, "method": "tsne", "seed": first.config.seed}
    found, result = _answer("distribution", first.id, params, "distribution")
    names = ("real", f"{name}, synthetic", f"{other_name}, synthetic")
    return [export.points(folder / _named("distribution", result, "csv"), found["points"], found["group"], names)]


def _picks(folder: Path, cells: Cells) -> list[Path]:
    """What each run itself matched against last. Its images come with the engine's look at that class through one of the runs."""
    first = next(iter(cells.values()))
    found, _ = _answer("sampling", first.id, {"label": LABEL}, "study")
    last = {cell: (run.id, steps[-1]) for cell, run in cells.items() if (steps := api.picks(run.id))}
    chosen = {cell: api.picks_at(*place, LABEL) for cell, place in last.items()}
    return export.picks(folder, found["members"], found["images"], chosen)


MAKERS: dict[str, Callable[[Path, Cells], list[Path]]] = {
    "along": _along, "distribution": _distribution, "sampling": _picks,
}  # fmt: skip


def _answer(kind: str, run_id: str, params: Mapping[str, Any], file: str) -> tuple[dict[str, Any], Mapping[str, Any]]:
    """Arrays and result of a task, waited for. Raises RunFailed with the task's own sentence, Damaged."""
    task, interrupted = watch.task(api.request(kind, run_id, params))
    if interrupted:
        raise KeyboardInterrupt
    if task.state != "finished":
        raise RunFailed(task.error or f"Task '{task.id}' was {task.state} before it had finished.")
    path = task.folder / f"{file}.safetensors"
    try:
        return safetensors.numpy.load_file(path), task.result
    except (OSError, SafetensorError) as error:
        raise Damaged(f"'{path}' cannot be read back ({error}); delete '{path.parent}', then ask again.") from None


def _named(kind: str, result: Mapping[str, Any], ending: str) -> str:
    """'distribution-three.csv', after the class that it shows."""
    (name,) = folder_names((str(result["class"]),))
    return f"{kind}-{name}.{ending}"

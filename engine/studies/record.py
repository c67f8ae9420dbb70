"""A study that was launched, and its file `<workspace>/studies/<id>/study.json`."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from engine.config import build
from engine.errors import Damaged, NotFound
from engine.store import artifacts
from engine.store.workspace import Workspace, checked_id
from engine.studies.catalog import STUDIES

SAME_TASK = frozenset({"data_dir", "device", "precision", "snapshot_every", "evaluate_every", "metrics_every"})
"""Settings that leave a study's figures comparable with those of the paper; another place is not another dataset."""


@dataclass(frozen=True)
class Member:
    """One run of a study: the cell it belongs to, by its label, and its seed."""

    cell: str
    seed: int
    run_id: str


class Failure(NamedTuple):
    """A run that the figure has to do without, and why."""

    cell: str
    seed: int
    error: str


@dataclass(frozen=True)
class StudyRecord:
    """A launched study. `name`: its key in STUDIES. `created`: seconds since the epoch. `settings`: what the person set.

    Not kept but read off its runs: `state`, "running" (also while they wait), "stopped", "failed" (all have ended, some without a
    result, or none is left) or "finished" (all that were not deleted); `progress` of those that are left, 0 to 1; `failed`, those
    that were deleted among them; `resumable`, whether there are runs that were stopped or have failed.
    """

    id: str
    name: str
    scale: str
    created: float
    settings: Mapping[str, Any]
    members: tuple[Member, ...]
    state: str = "running"
    progress: float = 0.0
    failed: tuple[Failure, ...] = ()
    resumable: bool = False

    @property
    def is_live(self) -> bool:
        """Whether it may still change by itself."""
        return self.state == "running"

    @property
    def as_published(self) -> bool:
        """Whether its runs do the task that the paper's figures belong to, in the paper's settings."""
        return self.scale == "paper" and not set(self.settings) - SAME_TASK

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self) | {"failed": [failure._asdict() for failure in self.failed]}


KEPT = ("id", "name", "scale", "created", "settings", "members")


def as_kept(name: str, scale: str, settings: Mapping[str, object]) -> dict[str, Any]:
    """What a person set for a study, as its file keeps it: numbers as numbers and lists as lists, wherever they came from.
    Raises BadConfig for a setting that does not exist or cannot be read."""
    whole = build({**STUDIES[name].scales[scale].settings, **settings}, check=False).to_dict()
    return {key: whole[key] for key in settings}


def write(workspace: Workspace, record: StudyRecord) -> None:
    """Raises NoSpace, FileExistsError for an id that is taken."""
    path = _file(workspace, record.id)
    path.parent.mkdir(parents=True)
    artifacts.write_json(path, {name: value for name, value in record.to_dict().items() if name in KEPT})


def read(workspace: Workspace, study_id: str) -> StudyRecord:
    """Raises NotFound, Damaged."""
    path = _file(workspace, study_id)
    if not path.exists():
        raise NotFound(
            f"There is no study '{study_id}' in workspace '{workspace.root}'; 'studies' shows those there are."
        )
    try:
        record = _checked(json.loads(path.read_text(encoding="utf-8")))
        if record.id != study_id:
            raise ValueError(f"it calls itself '{record.id}'")
    except (OSError, ValueError, TypeError, KeyError, RecursionError, NotFound) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else str(error).rstrip(".")
        raise Damaged(f"'{path}' cannot be read back ({reason}); delete its folder, the runs stay.") from None
    return record


def ids(workspace: Workspace) -> list[str]:
    """Of all studies on disk, in no order."""
    return [path.parent.name for path in workspace.studies.glob("*/study.json")]


def _file(workspace: Workspace, study_id: str) -> Path:
    return workspace.study(study_id) / "study.json"


def _checked(value: Any) -> StudyRecord:
    """Raises ValueError, TypeError, KeyError or NotFound for what `write` would not have written."""
    if value["name"] not in STUDIES:
        raise ValueError(f"this Distillery knows no study {value['name']!r:.40}")
    members = tuple(Member(_text(m["cell"]), _seed(m["seed"]), checked_id(m["run_id"])) for m in value["members"])
    if not members:
        raise ValueError("it has no runs")
    if not isinstance(value["settings"], dict):
        raise TypeError("its settings are not an object")
    created = float(value["created"])
    if not math.isfinite(created):
        raise ValueError("it has no time")
    study_id, name, scale = (_text(value[key]) for key in ("id", "name", "scale"))
    return StudyRecord(study_id, name, scale, created, value["settings"], members)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.40} is not text")
    return value


def _seed(value: Any) -> int:
    if type(value) is not int:
        raise TypeError(f"{value!r:.40} is not a seed")
    return value

"""What a run has recorded: curves, images, class names, its log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine import provenance as made_with
from engine.errors import NotFound
from engine.store import artifacts, runs
from engine.store.artifacts import Images, Positions
from engine.store.records import MetricRow
from engine.store.workspace import RunFolder, Workspace


def metrics(run_id: str, names: Sequence[str] = (), after: int = 0) -> tuple[list[MetricRow], int]:
    """Points written since the cursor `after` (0 = all), oldest first, and the cursor to ask with next time.

    `names` narrows to some quantities. After a resume a step may come again: the later row counts. Raises NotFound.
    """
    return runs.metrics(Workspace.current(), run_id, names, after)


def snapshots(run_id: str) -> list[int]:
    """Steps whose synthetic images are kept, ascending. Raises NotFound."""
    return artifacts.steps(_folder(run_id).snapshots)


def snapshot(run_id: str, step: int) -> Images:
    """The synthetic images after `step` inner loops: float32 [K*ipc, C, H, W], class-major; in [0, 1], but for hosts dc, dsa
    and dm, whose pixels have no bounds. Raises NotFound, Damaged."""
    return artifacts.read_snapshot(_folder(run_id), step)


def picks(run_id: str) -> list[int]:
    """Steps whose real batches are kept, ascending: the first, the last and evenly many between; none for a run with random
    batches, which last for one inner loop only. Raises NotFound."""
    return artifacts.steps(_folder(run_id).picks)


def picks_at(run_id: str, step: int, label: int) -> Positions:
    """The real batch of a class from `step` until the next pick: positions in the training set, int64 [n], as the sampler gave
    them. Raises NotFound, Damaged."""
    return artifacts.read_picks(_folder(run_id), step, label)


def class_names(run_id: str) -> tuple[str, ...]:
    """Names of the classes in label order; empty until the run has read its data. Raises NotFound."""
    path = _folder(run_id).classes
    return tuple(artifacts.read_json(path)) if path.exists() else ()


def provenance(run_id: str) -> dict[str, Any]:
    """What the run was made with (see engine/provenance.py); empty for runs from before that was kept. Raises NotFound."""
    return made_with.read(_folder(run_id).provenance)


def log(run_id: str, after: int = 0) -> tuple[str, int]:
    """The log past the byte offset `after` and the offset to ask with next time. Raises NotFound."""
    return artifacts.read_log(_folder(run_id), after)


def _folder(run_id: str) -> RunFolder:
    """The files of a run. Raises NotFound. No database is asked: screens look here several times a second."""
    folder = Workspace.current().run(run_id)
    if not folder.root.is_dir():
        raise NotFound(
            f"There is no run '{run_id}' in workspace '{Workspace.current().root}'; 'list' shows those there are."
        )
    return folder

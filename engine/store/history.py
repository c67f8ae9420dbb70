"""Taking a run's record back to a checkpoint, so that going on from there writes each point once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select

from engine.store import artifacts
from engine.store.database import write
from engine.store.tables import MetricRow, RunRow
from engine.store.workspace import Workspace


def rewind(workspace: Workspace, run_id: str, step: int) -> tuple[frozenset[str], dict[str, Any]]:
    """Forgets points, snapshots and picks past `step` (-1: everything, scores too). The curves that have a point at `step`
    itself, and the scores that stay."""
    folder = workspace.run(run_id)
    for late in (s for s in artifacts.steps(folder.picks) if s > step):
        (folder.picks / f"{artifacts.stem(late)}.safetensors").unlink(missing_ok=True)
    for late in (s for s in artifacts.steps(folder.snapshots) if s > step):
        for ending in ("safetensors", "png"):
            (folder.snapshots / f"{artifacts.stem(late)}.{ending}").unlink(missing_ok=True)
    with write(workspace) as session:
        session.execute(delete(MetricRow).where(MetricRow.run_id == run_id, MetricRow.step > step))
        names = session.scalars(select(MetricRow.name).where(MetricRow.run_id == run_id, MetricRow.step == step)).all()
        row = session.get_one(RunRow, run_id)
        if step < 0:
            row.results = {}
        return frozenset(names), dict(row.results)

"""The end of deleted runs: after a day of grace their files and rows go."""

from __future__ import annotations

import shutil
import time

from sqlalchemy import delete, select

from engine.store.database import read, write
from engine.store.tables import MetricRow, RunRow, TaskRow
from engine.store.workspace import Workspace

GRACE = 24 * 3600.0  # seconds a deleted run can be restored


def purge(workspace: Workspace, grace: float = GRACE) -> int:
    """Removes runs that were deleted longer ago than `grace` seconds; how many there were."""
    with read(workspace) as session:
        old = RunRow.deleted < time.time() - grace
        doomed = session.scalars(select(RunRow.id).where(RunRow.deleted.is_not(None), old)).all()
    for run_id in doomed:
        _remove(workspace, run_id)
    return len(doomed)


def _remove(workspace: Workspace, run_id: str) -> None:
    """Files first: should this be cut short, the row is still there to try again from."""
    with read(workspace) as session:
        tasks = session.scalars(select(TaskRow.id).where(TaskRow.run_id == run_id)).all()
    for folder in (*(workspace.task(task) for task in tasks), workspace.run(run_id).root):
        shutil.rmtree(folder, ignore_errors=True)
    with write(workspace) as session:
        for table, column in ((MetricRow, MetricRow.run_id), (TaskRow, TaskRow.run_id), (RunRow, RunRow.id)):
            session.execute(delete(table).where(column == run_id))

"""The one door to the engine for the screens, the command line and notebooks. Torch-free.

Everything is about the workspace of this process: DISTILLERY_HOME, default ./workspace. Nothing here computes: runs and tasks
are put into the queue, and the supervisor's processes do the work whether or not the caller stays. All functions raise errors
of `engine.errors` only; besides those named in the docstrings, any may raise RunFailed or Damaged when the database fails.
"""

from __future__ import annotations

from engine.access import readonly
from engine.api.groups import group_of, groups
from engine.api.labels import annotate, pin, tag
from engine.api.news import Ended, ended_since
from engine.api.recorded import class_names, log, metrics, snapshot, snapshots
from engine.api.results import export_results, results
from engine.api.runs import (
    delete,
    ensure_supervisor,
    get_run,
    launch,
    list_runs,
    pause,
    rename,
    restore,
    resume,
    stop,
    supervisor_alive,
    workspace,
)  # fmt: skip
from engine.api.studies import (
    delete_study,
    get_study,
    launch_study,
    list_studies,
    resume_study,
    stop_study,
    studies,
    study_rows,
)  # fmt: skip
from engine.api.tables import datasets, estimate, free_memory, presets, published, recipes
from engine.api.tasks import request, resume_task, stop_task, task, tasks_of
from engine.estimate import Estimate
from engine.results import Measured, Reach, ResultCell
from engine.store.artifacts import Images
from engine.store.published import PublishedFigure
from engine.store.records import MetricRow, Run, Task
from engine.store.states import STATES
from engine.studies.record import Failure, Member, StudyRecord
from engine.studies.study import Row

__all__ = [
    "STATES", "Ended", "Estimate", "Failure", "Images", "Measured", "Member", "MetricRow", "PublishedFigure", "Reach", "ResultCell", "Row", "Run",
    "StudyRecord", "Task", "annotate", "class_names", "datasets", "delete", "delete_study", "ended_since", "ensure_supervisor", "estimate", "export_results",
    "free_memory", "get_run", "get_study", "group_of", "groups", "launch", "launch_study", "list_runs", "list_studies", "log", "metrics", "pause", "pin", "presets",
    "published", "readonly", "recipes", "rename", "request", "restore", "results", "resume", "resume_study", "resume_task", "snapshot", "snapshots",
    "stop", "stop_study", "stop_task", "studies", "study_rows", "supervisor_alive", "tag", "task", "tasks_of", "workspace",
]  # fmt: skip

"""The one door to the engine for the screens, the command line and notebooks. Torch-free.

Everything is about the workspace of this process: DISTILLERY_HOME, default ./workspace. Nothing here computes: runs and tasks
are put into the queue, and the supervisor's processes do the work whether or not the caller stays. All functions raise errors
of `engine.errors` only; besides those named in the docstrings, any may raise RunFailed or Damaged when the database fails.
"""

from __future__ import annotations

from engine.access import readonly
from engine.api.datasets import (
    OwnDataset,
    add_dataset,
    forget_downloaded,
    inspect_dataset,
    inspection,
    inspections,
    installed,
    own_datasets,
    remove_dataset,
)  # fmt: skip
from engine.api.evaluations import evaluation_protocol, evaluation_seconds, evaluations
from engine.api.groups import group_of, groups
from engine.api.labels import annotate, pin, tag
from engine.api.machine import (
    Service,
    Waiting,
    Worker,
    clean,
    cleanups,
    devices,
    findings,
    live_tasks,
    move_in_queue,
    queue_length,
    queued,
    service,
    service_log,
    storage,
    versions,
    workers,
)  # fmt: skip
from engine.api.news import Ended, ended_since
from engine.api.recorded import class_names, log, metrics, picks, picks_at, provenance, snapshot, snapshots
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
    sparks,
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
    study_protocols,
    study_rows,
    study_seconds,
)  # fmt: skip
from engine.api.sweeps import SweepPlan, SweepRun, launch_sweep, plan_sweep, sweep_text, sweep_values
from engine.api.tables import datasets, estimate, free_memory, method_title, presets, published, recipes
from engine.api.tasks import request, resume_task, stop_task, task, tasks_of
from engine.data.installed import Installed
from engine.data.own import SUFFIXES as ARCHIVES
from engine.doctor import Check
from engine.estimate import Estimate
from engine.export import FORMATS as EXPORTS
from engine.results import Measured, Reach, ResultCell
from engine.results.published import PublishedFigure
from engine.runner.gauges import Gauge
from engine.store.artifacts import Images
from engine.store.cleanup import Cleanup
from engine.store.records import MetricRow, Run, Task
from engine.store.sparks import Spark
from engine.store.states import RESUMABLE, STATES
from engine.store.usage import RunUsage, Usage
from engine.studies.export import moments
from engine.studies.record import Failure, Member, StudyRecord
from engine.studies.rows import reached
from engine.studies.study import Point, Row

__all__ = [
    "ARCHIVES", "EXPORTS", "RESUMABLE", "STATES", "Check", "Cleanup", "Ended", "Estimate", "Failure", "Gauge", "Images", "Installed", "Measured", "Member", "MetricRow", "OwnDataset", "Point", "PublishedFigure", "Reach", "ResultCell", "Row", "Run", "RunUsage", "Service",
    "Spark", "StudyRecord", "SweepPlan", "SweepRun", "Task", "Usage", "Waiting", "Worker", "add_dataset", "annotate", "class_names", "clean", "cleanups", "datasets", "delete", "delete_study", "devices", "ended_since", "ensure_supervisor", "estimate", "evaluation_protocol", "evaluation_seconds", "evaluations", "export_results",
    "findings", "forget_downloaded", "free_memory", "get_run", "get_study", "group_of", "groups", "inspect_dataset", "inspection", "inspections", "installed", "launch", "launch_study", "launch_sweep", "list_runs", "list_studies", "live_tasks", "log", "method_title", "metrics", "moments", "move_in_queue", "own_datasets", "pause", "picks", "picks_at", "pin", "plan_sweep", "presets",
    "provenance", "published", "queue_length", "queued", "reached", "readonly", "recipes", "remove_dataset", "rename", "request", "restore", "results", "resume", "resume_study", "resume_task", "service", "service_log", "snapshot", "snapshots", "sparks",
    "stop", "stop_study", "stop_task", "storage", "studies", "study_protocols", "study_rows", "study_seconds", "supervisor_alive", "sweep_text", "sweep_values", "tag", "task", "tasks_of", "versions", "workers", "workspace",
]  # fmt: skip

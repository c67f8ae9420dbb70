"""Read-only mode: every door that changes something is shut, every other stays open."""

from __future__ import annotations

import inspect

import pytest

from engine import access, api
from engine.errors import ReadOnly
from engine.store.workspace import Workspace

LOOKING = {
    "class_names", "cleanups", "datasets", "devices", "ended_since", "estimate", "evaluation_protocol", "evaluation_seconds", "evaluations", "export_results", "findings",
    "free_memory", "get_run", "get_study", "group_of", "groups", "inspect_dataset", "inspection", "inspections", "installed", "list_runs",
    "list_studies", "live_tasks", "log", "method_title", "metrics", "moments", "own_datasets", "picks", "picks_at", "plan_sweep", "presets", "provenance", "published", "queue_length", "queued",
    "reached", "readonly", "recipes", "request", "results", "service", "service_log", "snapshot", "snapshots", "sparks", "storage", "studies",
    "study_protocols", "study_rows", "study_seconds", "supervisor_alive", "sweep_text", "sweep_values", "task", "tasks_of", "versions", "workers", "workspace",
}  # fmt: skip
"""Functions of the api that change nothing. `request` and `inspect_dataset` give back what was answered before."""
DOORS = {name for name in api.__all__ if inspect.isfunction(getattr(api, name))}


@pytest.mark.parametrize("name", sorted(DOORS - LOOKING))
def test_what_changes_something_is_refused(name: str, here: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(access.VARIABLE, "1")
    function = getattr(api, name)
    needed = [p for p in inspect.signature(function).parameters.values() if p.default is p.empty]
    with pytest.raises(ReadOnly, match="only shows"):
        function(*("00000000" for _ in needed))
    assert list(here.root.iterdir()) == [], "nothing was even begun"


def test_the_list_of_those_that_only_look_is_true() -> None:
    assert LOOKING <= DOORS


@pytest.mark.parametrize(("value", "expected"), [("1", True), ("true", True), ("0", False), ("", False), ("No", False)])
def test_the_variable(value: str, expected: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(access.VARIABLE, value)
    assert access.readonly() is expected

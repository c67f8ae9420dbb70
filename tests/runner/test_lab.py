"""The lab does a task, and leaves it when that is wished."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from engine import api
from engine.errors import NotFound, RunFailed
from engine.events import Progress
from engine.runner import lab, services
from engine.runner.kinds import KINDS, Job, Kind
from engine.store import tasks
from engine.store.records import Task
from engine.store.workspace import Workspace
from tests.runner.fake import Pipeline, live, queue


@pytest.fixture
def asked(here: Workspace, monkeypatch: pytest.MonkeyPatch) -> Task:
    """A queued task, in a workspace where nobody works by himself."""
    monkeypatch.setattr(services, "ensure_supervisor", lambda _: None)
    monkeypatch.setattr(lab, "REPORT_SECONDS", 0.0)
    run_id = queue(here)
    live(here, run_id, Pipeline())
    return api.request("evaluate", run_id, {"epochs": 2})


def perform(here: Workspace, work: Callable[[Job], dict[str, Any]]) -> None:
    task = tasks.claim(here)
    assert task is not None
    lab.perform(here, task, {"evaluate": Kind(work, {}, needs_images=True)})


def test_a_task_ends_at_the_first_report_after_a_wish(here: Workspace, asked: Task) -> None:
    reached = []

    def work(job: Job) -> dict[str, Any]:
        for done in range(10):
            job.report(Progress("training", done, 10))
            reached.append(done)
            (job.out / "networks.json").write_text("kept")
            if done == 3:
                assert api.stop_task(asked.id).state == "stopping"
        return {}

    perform(here, work)
    now = api.task(asked.id)
    assert reached == [0, 1, 2, 3] and (now.state, now.error) == ("stopped", "")
    assert api.resume_task(asked.id).state == "queued"

    def rest(job: Job) -> dict[str, Any]:
        return {"found": (job.out / "networks.json").read_text()}

    perform(here, rest)
    assert (api.task(asked.id).state, api.task(asked.id).result) == ("finished", {"found": "kept"})


def test_work_that_is_done_before_it_hears_the_wish_is_finished(here: Workspace, asked: Task) -> None:
    def work(_: Job) -> dict[str, Any]:
        api.stop_task(asked.id)
        return {"mean": 1.0}

    perform(here, work)
    assert (api.task(asked.id).state, api.task(asked.id).result) == ("finished", {"mean": 1.0})


def test_a_stopped_task_goes_on_when_asked_for_again(here: Workspace, asked: Task) -> None:
    assert api.stop_task(asked.id).state == "stopped" and tasks.claim(here) is None
    again = api.request("evaluate", asked.run_id, {"epochs": 2})
    assert (again.id, again.state) == (asked.id, "queued")
    assert [task.id for task in api.tasks_of(asked.run_id)] == [asked.id]
    with pytest.raises(NotFound):
        api.tasks_of("00000000")


def test_a_store_that_is_busy_for_long_is_asked_again(
    here: Workspace, asked: Task, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def busy(workspace: Workspace, *kinds: str) -> Task | None:
        monkeypatch.setattr(tasks, "claim", claim)
        raise RunFailed("The database is busy.")

    claim = tasks.claim
    monkeypatch.setattr(tasks, "claim", busy)
    monkeypatch.setattr(lab._Lane, "run", lambda self: None)
    monkeypatch.setitem(KINDS, "evaluate", Kind(lambda _: {}, {}, needs_images=True))
    lab.serve(here, idle=0.5)
    assert api.task(asked.id).state == "finished" and "busy" in capsys.readouterr().err


def test_nobody_waits_for_a_download(here: Workspace, asked: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    """The download ends only once the evaluation that was asked for after it has."""
    download, evaluated = api.inspect_dataset("digits"), threading.Event()

    def wait(_: Job) -> dict[str, Any]:
        return {"in time": evaluated.wait(20)}

    def evaluate(_: Job) -> dict[str, Any]:
        evaluated.set()
        return {}

    monkeypatch.setitem(KINDS, "dataset", KINDS["dataset"]._replace(work=wait))
    monkeypatch.setitem(KINDS, "evaluate", Kind(evaluate, {}, needs_images=True))
    lab.serve(here, idle=0.5)
    assert (api.task(download.id).state, api.task(download.id).result) == ("finished", {"in time": True})
    assert api.task(asked.id).state == "finished"

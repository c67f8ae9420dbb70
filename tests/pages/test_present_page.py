"""The page Present, and the files about a run under Export."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from app.views.run.export import FILES, FORMATS
from engine import api
from engine.store import database, tasks
from engine.store.tables import TaskRow
from engine.store.workspace import Workspace
from tests.app.test_report import HOSTILE, RESULTS, a_task
from tests.e2e.sight import until
from tests.pages.screen import Add, Open, errors, headers, pieces


def shown(at: AppTest) -> dict[str, Any]:
    """What the page gave to the story."""
    assert not at.exception
    (piece,) = pieces(at, "story")
    return piece


def looked(here: Workspace, run_id: str) -> None:
    """The engine has looked at the real data of this run."""
    task = api.request("story", run_id, {})
    folder = here.task(task.id)
    folder.parent.mkdir(exist_ok=True)
    result = dict(a_task(folder).result)
    with database.write(here) as session:
        session.execute(update(TaskRow).where(TaskRow.id == task.id).values(state="finished", result=result))


def test_without_a_run_it_says_where_to_find_one(visit: Open) -> None:
    assert headers(visit("present")) == ["Choose a run to look at"]
    assert headers(visit("present", id="../../etc")) == ["There is no run “../../etc” here"]


def test_the_whole_story(visit: Open, add: Add, here: Workspace) -> None:
    run_id = add("finished", step=40, name=HOSTILE, results=RESULTS)
    looked(here, run_id)
    piece = shown(visit("present", id=run_id))
    assert piece["html"].count("<section") == 7 and piece["note"] == ""
    assert "<b>3</b>" not in piece["html"] and "&lt;b&gt;3&lt;/b&gt;" in piece["html"], "names are escaped"
    assert piece["about"][0] == HOSTILE, "as text, which the component sets as text"
    assert piece["story"]["player"]["steps"] == [0, 10, 20, 30, 40]
    assert all("csv" not in chart for chart in piece["story"]["charts"].values())


def test_while_the_engine_looks_the_rest_is_told(visit: Open, add: Add) -> None:
    run_id = add("finished", step=10)
    piece = shown(visit("present", id=run_id))
    assert [task.kind for task in api.tasks_of(run_id)] == ["story"]
    assert "join in a moment" in piece["note"] and "slide-real" not in piece["html"]


def test_a_run_that_has_nothing_yet(visit: Open, add: Add) -> None:
    piece = shown(visit("present", id=add("queued")))
    assert piece["html"].count("<section") == 2 and piece["story"]["player"] is None


def test_a_look_that_failed_is_told(visit: Open, add: Add, here: Workspace) -> None:
    run_id = add("finished", step=10)
    tasks.fail(here, api.request("story", run_id, {}).id, "The data is gone.", "BadData")
    at = visit("present", id=run_id)
    assert "join in a moment" in shown(at)["note"], "a failed task is asked for anew"
    (task, _) = api.tasks_of(run_id)
    tasks.fail(here, task.id, "The data is gone.", "BadData")
    assert shown(at.run())["note"].endswith("are left out: The data is gone.")


def test_visitors_see_what_was_looked_at(
    visit: Open, add: Add, here: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, unseen = add("finished", step=10), add("finished", step=10)
    looked(here, seen)
    monkeypatch.setenv("DISTILLERY_READONLY", "1")
    assert "slide-real" in shown(visit("present", id=seen))["html"]
    assert "only shows" in shown(visit("present", id=unseen))["note"]
    assert not errors(visit("present", id=unseen)) and not api.tasks_of(unseen)


@pytest.mark.parametrize("readonly", [False, True])
def test_files_are_offered_under_export(
    visit: Open, add: Add, monkeypatch: pytest.MonkeyPatch, readonly: bool, here: Workspace
) -> None:
    run_id = add("finished", step=10)
    if readonly:
        monkeypatch.setenv("DISTILLERY_READONLY", "1")
    at = visit("run", id=run_id)
    chosen = at.selectbox(key="export-format")
    assert len(chosen.options) == len(FILES) + (0 if readonly else len(FORMATS))
    chosen.select("gif").run()
    at.button(key="export-go").click().run()
    until(lambda: bool(at.run().get("download_button")), 60, "the film is made")
    assert not errors(at)
    assert not Path(here.run(run_id).export).exists()

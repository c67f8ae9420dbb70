"""The page of the engine: who works, what waits, what takes room, what was logged."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from engine import access, api
from engine.errors import Damaged
from engine.runner import services
from engine.store import runs, tasks
from engine.store.workspace import Workspace
from tests.pages.screen import Add, Open, button, buttons, errors, links, said
from tests.pages.ticking import tick


def waiting() -> list[str]:
    return [one.run.name for one in api.queued()]


def at_key(at: object, key: str) -> object:
    return next(one for one in at.button if one.key == key)  # type: ignore[attr-defined]


def test_an_idle_machine(visit: Open) -> None:
    at = visit("engine")
    text = said(at)
    assert not at.exception and not errors(at)
    for part in ("CPU, ", "No run is on it", "Nothing waits", "None under way"):
        assert part in text, part
    assert "Start" in buttons(at)


def test_who_works_on_what(visit: Open, add: Add, here: Workspace) -> None:
    add("running", step=20, name="At *work*", slot="cpu", total=40)
    services.beat(here, services.SUPERVISOR)
    at = visit("engine")
    assert not at.exception and "Start" not in buttons(at)
    assert "At \\*work\\*, 50 %" in links(at) and "Process " in said(at)


def test_a_device_and_its_run_count_memory_alike(visit: Open, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both in units of 10^6 bytes, on one card."""
    run_id = add("running", step=20, name="At work", slot="cpu", total=40)
    monkeypatch.setattr(api, "devices", lambda: (api.Gauge("cpu", "CPU", 12.0, 2040.0, 8160.0),))
    monkeypatch.setattr(api, "workers", lambda: [api.Worker(api.get_run(run_id), "cpu", 1, 2040.0)])
    at = visit("engine")
    assert "At work, 50 %, 2.0 GB" in links(at) and not at.exception
    assert [bar.text for bar in at.progress] == ["Busy · 12 %", "Memory · 2.0 GB of 8.2 GB"]


def test_the_queue_is_reordered(visit: Open, add: Add) -> None:
    ids = {name: add("queued", name=name) for name in ("one", "two", "three")}
    at = visit("engine")
    assert waiting() == ["one", "two", "three"] and not at.exception
    assert any("start the supervisor" in warning.value for warning in at.warning)
    at_key(at, f"arrow_upward-{ids['three']}").click().run()  # type: ignore[attr-defined]
    assert waiting() == ["one", "three", "two"]
    at_key(at, f"vertical_align_top-{ids['two']}").click().run()  # type: ignore[attr-defined]
    assert waiting() == ["two", "one", "three"]
    at_key(at, f"arrow_downward-{ids['two']}").click().run()  # type: ignore[attr-defined]
    assert waiting() == ["one", "two", "three"]
    off = {one.key for one in at.button if one.disabled}
    assert {f"arrow_upward-{ids['one']}", f"vertical_align_top-{ids['one']}", f"arrow_downward-{ids['three']}"} == off
    at_key(at, f"stop_circle-{ids['one']}").click().run()  # type: ignore[attr-defined]
    assert waiting() == ["two", "three"] and api.get_run(ids["one"]).state == "stopped"


def test_a_run_that_started_meanwhile_is_not_moved(visit: Open, add: Add, here: Workspace) -> None:
    first, second = add("queued", name="one"), add("queued", name="two")
    at = visit("engine")
    runs.wish(here, second, "stop")
    at_key(at, f"arrow_upward-{second}").click().run()  # type: ignore[attr-defined]
    assert not at.exception and any("only a run that waits" in error for error in errors(at)) and first


def test_a_long_queue_is_counted(visit: Open, add: Add) -> None:
    for number in range(53):
        add("queued", name=f"run {number}")
    at = visit("engine")
    assert not at.exception and "3 more" in said(at) and "Queue · 53 waiting" in said(at)


def test_tasks_can_be_stopped(visit: Open, add: Add, here: Workspace) -> None:
    task = tasks.request(here, "sampling", add("finished", step=20), {"label": 1}, "")
    look = tasks.request(here, "dataset", "", {"dataset": "digits", "data_dir": "", "stamp": ""}, "")
    at = visit("engine")
    assert f"Sampling of run {task.run_id}" in links(at) and "Look inside digits" in links(at)
    at_key(at, f"stop_circle-{look.id}").click().run()  # type: ignore[attr-defined]
    assert api.task(look.id).state == "stopped" and not at.exception


def test_storage_and_what_can_go(visit: Open, add: Add, here: Workspace) -> None:
    run_id = add("finished", step=20, name="Large")
    add("finished", name="Small")
    here.run(run_id).checkpoints.mkdir()
    (here.run(run_id).checkpoints / "000020.safetensors").write_bytes(bytes(5 * 10**6))
    here.cache.mkdir()
    (here.cache / "x").write_bytes(bytes(10**6))
    at = visit("engine", tab="Storage")
    assert not at.exception
    numbers = {metric.label: metric.value for metric in at.metric}
    assert numbers["Runs"] == "5 MB" and numbers["Caches"] == "1 MB" and numbers["Studies"] == "–"
    table = at.dataframe[0].value
    assert next(iter(table["Run"])) == f"Large ({run_id})" and table["Checkpoints"][0] == 5.0
    button(at, "Free 5 MB").click().run()
    assert not at.exception and not here.run(run_id).checkpoints.exists()
    assert "5 MB are free again" in at.success[0].value


def test_storage_that_fails_while_it_is_measured_is_a_sentence(
    visit: Open, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    add("finished", step=20)
    part = replace(api.storage(), of=2)
    monkeypatch.setattr(api, "storage", lambda **_: part)
    at = visit("engine", tab="Storage")
    assert [bar.text for bar in at.progress] == ["Measuring · 1 of 2 runs"] and not at.exception

    def fails(**_: object) -> None:
        raise Damaged("The database cannot be read.")

    monkeypatch.setattr(api, "storage", fails)
    at = tick(at, "storage")
    assert errors(at) == ["The database cannot be read."] and not at.exception


def test_caches_in_use_stay(visit: Open, add: Add, here: Workspace) -> None:
    here.cache.mkdir()
    (here.cache / "x").write_bytes(bytes(10**6))
    add("running", step=20)
    at = visit("engine", tab="Storage")
    button(at, "Free 1 MB").click().run()
    assert not at.exception and (here.cache / "x").exists()
    assert errors(at) == ["The caches are in use: a run or task is live. Wait for it or stop it, then try again."]


def test_deleted_runs_go_at_once(visit: Open, add: Add, here: Workspace) -> None:
    run_id = add("finished", step=20, deleted=time.time())
    at = visit("engine", tab="Storage")
    assert list(at.dataframe[0].value["State"]) == ["deleted"]
    next(one for one in at.button if one.key == "do-deleted").click().run()
    assert not at.exception and not here.run(run_id).root.exists() and "No run yet" in said(at)


def test_logs(visit: Open, here: Workspace) -> None:
    at = visit("engine", tab="Logs")
    assert "Nothing was written yet" in said(at)
    here.lab_log.write_text("first\n<script>alert(1)</script>\n")
    at = visit("engine", tab="Logs", log="Lab")
    assert not at.exception and at.code[0].value == "<script>alert(1)</script>\nfirst"


def test_versions_and_the_check_up(visit: Open) -> None:
    at = visit("engine", tab="Versions")
    text = said(at)
    assert not at.exception and "checks are fine" in text
    for part in ("Distillery", "Python", "torch", "streamlit", "workspace"):
        assert part in text, part


@pytest.mark.parametrize("tab", ["Work", "Storage", "Logs", "Versions", "<x>"])
def test_read_only_shows_everything_and_changes_nothing(
    tab: str, visit: Open, add: Add, here: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    add("queued", name="one")
    add("finished", step=20, deleted=time.time())
    monkeypatch.setenv(access.VARIABLE, "1")
    at = visit("engine", tab=tab)
    assert not at.exception and not errors(at)
    assert set(buttons(at)) <= {"Measure anew", "Start torch as well"}

"""The list of runs, and what an empty workspace shows."""

from __future__ import annotations

import pytest

from app.components import run_list
from app.views.runs import overview
from engine import api
from engine.errors import RunFailed
from engine.store.states import LIVE, STATES
from tests.pages.screen import Add, Open, button, buttons, errors, headers, pieces, said


def test_an_empty_workspace_teaches_and_offers_one_thing(visit: Open) -> None:
    at = visit()
    assert not at.exception
    assert buttons(at) == ["Run the two-minute demo"]
    assert "Dataset distillation turns thousands of training images into a few" in said(at)


def test_the_demo_is_launched_and_its_page_opened(visit: Open) -> None:
    at = button(visit(), "Run the two-minute demo").click().run()
    (run,) = api.list_runs()
    assert (run.preset, run.state) == ("digits-demo", "queued")
    assert not at.exception and headers(at) == [run.name]
    assert at.query_params["id"] == run.id


def test_a_refused_launch_is_a_sentence(visit: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise RunFailed("The supervisor did not start; look at its log.")

    monkeypatch.setattr(api, "launch", refuse)
    at = button(visit(), "Run the two-minute demo").click().run()
    assert errors(at) == ["The supervisor did not start; look at its log."] and not at.exception


def test_every_state_has_its_row(visit: Open, add: Add) -> None:
    ids = {add(state, step=0 if state == "queued" else 20): state for state in STATES}
    at = visit()
    (shown,) = pieces(at, "runs")
    assert not at.exception
    assert {row["id"]: row["state"] for row in shown["rows"]} == ids
    assert set(shown["states"]) == set(STATES)
    for row in shown["rows"]:
        assert row["dataset"] == "Digits" and row["recipe"] == "DREAM+" and row["ipc"] == "ipc 1"
        assert row["accuracy"] == ("–" if row["state"] == "queued" else "96.0 ± 0.8 % (n 3)")
        assert row["picture"].startswith("data:image/png") is (row["state"] != "queued")
        assert ("delete" in row["actions"]) is (row["state"] not in LIVE)


def test_a_live_row_says_how_long(visit: Open, add: Add) -> None:
    add("running", step=20, eta=72.0)
    add("finished", step=40)
    (shown,) = pieces(visit(), "runs")
    texts = {row["state"]: (row["left"], row["progress"]) for row in shown["rows"]}
    assert texts == {"running": ("1:12 left", 0.5), "finished": ("took 1:01", 1.0)}


def test_many_runs_can_be_searched_and_come_in_pages(visit: Open, add: Add) -> None:
    for i in range(overview.PER_PAGE + 3):
        add("finished", name=f"number {i}", given={"recipe": "idc" if i == 4 else "dream"})
    at = visit()
    assert len(pieces(at, "runs")[0]["rows"]) == overview.PER_PAGE
    at = visit(q="idc number")
    assert [row["name"] for row in pieces(at, "runs")[0]["rows"]] == ["number 4"]
    assert "No run matches" in said(visit(q="zebra"))


def test_a_filter_is_about_words_and_states(add: Add) -> None:
    run = api.get_run(add("failed", name="My Flowers"))
    for text, states, fits in (
        ("", [], True),
        ("flow DIGITS", [], True),
        ("flow mnist", [], False),
        ("", ["lost"], False),
        ("my", ["failed"], True),
    ):
        assert overview.matches(run, text, states) is fits


def test_deleting_can_be_undone(visit: Open, add: Add) -> None:
    run_id = add("finished", step=40, name="Oops *a*")
    at = visit("run", id=run_id)
    at = button(at, "Delete").click().run()
    assert api.list_runs() == [] and "Deleted **Oops \\*a\\***." in at.markdown[0].value
    at = button(at, "Undo").click().run()
    assert [run.id for run in api.list_runs()] == [run_id] and not at.exception
    assert "Undo" not in buttons(at)


@pytest.mark.parametrize("state", STATES)
def test_menu_and_engine_agree_on_what_a_state_allows(add: Add, state: str) -> None:
    """Whatever a row offers, the engine does; it refuses nothing that was offered."""
    for action in run_list.actions(api.get_run(add(state, step=20))):
        run_id = add(state, step=20)
        if action == "delete":
            api.delete(run_id)
        elif action != "clone":
            overview.ACTIONS[action](run_id)


@pytest.mark.parametrize(
    ("state", "woken"), [("queued", True), ("running", True), ("paused", False), ("finished", False)]
)
def test_looking_at_waiting_runs_wakes_the_engine(
    visit: Open, add: Add, monkeypatch: pytest.MonkeyPatch, state: str, woken: bool
) -> None:
    run_id = add(state, step=20)
    calls: list[str] = []
    monkeypatch.setattr(api, "ensure_supervisor", lambda: calls.append("woken"))
    for page, query in (("runs", {}), ("run", {"id": run_id})):
        calls.clear()
        assert not visit(page, **query).exception
        assert bool(calls) is woken


def test_a_damaged_picture_does_not_hide_the_row(visit: Open, add: Add) -> None:
    run_id = add("finished", step=40)
    path = api.workspace() / "runs" / run_id / "snapshots" / "0000040.safetensors"
    path.write_bytes(b"nonsense")
    at = visit()
    assert pieces(at, "runs")[0]["rows"][0]["picture"] == "" and not at.exception

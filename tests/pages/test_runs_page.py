"""The list of runs, and what an empty workspace shows."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.components.run_list import Act, Shown, run_list
from app.views.runs import acts, overview, rows
from engine import api
from engine.errors import RunFailed
from engine.store.states import LIVE, STATES
from tests.pages.screen import Add, Open, button, buttons, errors, headers, links, pieces, said, score


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
    (shown,), (pictures,) = pieces(at, "runs"), pieces(at, "run_pictures")
    assert not at.exception
    assert {row["key"]: row["state"] for row in shown["rows"]} == ids
    assert set(shown["states"]) == set(STATES)
    for row in shown["rows"]:
        assert row["kind"] == "run" and row["ids"] == [[row["key"], row["actions"]]]
        assert row["dataset"] == "Digits" and row["recipe"] == "DREAM+" and row["ipc"] == "ipc 1"
        assert row["accuracy"] == ("–" if row["state"] == "queued" else "96.0 ± 0.8 % (n 3)")
        assert pictures["pictures"][row["key"]].startswith("data:image/png") is (row["state"] != "queued")
        assert ("delete" in row["actions"]) is (row["state"] not in LIVE)
        assert row["spark"] is None or row["spark"]["label"].startswith("Accuracy from 1.0 % to")
        assert (row["spark"] is None) is (row["state"] == "queued")


def test_a_live_row_says_how_long(visit: Open, add: Add) -> None:
    add("running", step=20, eta=72.0)
    add("finished", step=40)
    (shown,) = pieces(visit(), "runs")
    texts = {row["state"]: (row["left"], row["progress"]) for row in shown["rows"]}
    assert texts == {"running": ("1:12 left", [0.5, 0.5]), "finished": ("took 1:01", [1.0, 1.0])}


def named(at: AppTest) -> list[str]:
    """The rows, from top to bottom."""
    (shown,) = pieces(at, "runs")
    return [row["name"] for row in shown["rows"]]


def click(monkeypatch: pytest.MonkeyPatch, action: str, *ids: str) -> None:
    """The next time that the list is shown, a person has just asked for this."""
    asked = [Act(action, ids)]

    def clicked(shown: Shown) -> Act | None:
        run_list(shown)
        return asked.pop() if asked else None

    monkeypatch.setattr(overview, "run_list", clicked)


def test_many_runs_can_be_searched_and_come_in_pages(visit: Open, add: Add) -> None:
    for i in range(overview.PER_PAGE + 3):
        add("finished", name=f"number {i}", given={"recipe": "idc" if i == 4 else "dream"}, created=float(i))
    at = visit()
    (shown,) = pieces(at, "runs")
    assert len(shown["rows"]) == overview.PER_PAGE and (shown["page"], shown["pages"]) == (1, 2)
    for number in ("2", "99"):
        at.query_params["page"] = number
        assert named(at.run()) == ["number 2", "number 1", "number 0"]
    at = visit(q="idc number")
    assert named(at) == ["number 4"] and pieces(at, "runs")[0]["said"] == f"1 of {overview.PER_PAGE + 3} runs"
    (shown,) = pieces(visit(q="zebra"), "runs")
    assert shown["rows"] == [] and shown["none"].startswith("No run matches")


@pytest.fixture
def four(add: Add) -> dict[str, str]:
    """Name -> id."""
    return {
        "a": add(
            "finished",
            name="a",
            given={"ipc": 1},
            results={"distilled": [score(70.0, 72.0)]},
            created=4.0,
            tags=["old"],
        ),
        "b": add("failed", name="b", given={"dataset": "mnist"}, created=3.0, note="too warm"),
        "c": add("paused", 20, name="c", given={"recipe": "idc"}, created=2.0, tags=["old", "new"]),
        "d": add("finished", name="d", given={"seed": 1}, results={"distilled": [score(80.0)]}, created=1.0),
    }


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, "abcd"),
        ({"states": "failed"}, "b"),
        ({"states": ["failed", "paused"]}, "bc"),
        ({"states": "melted"}, "abcd"),
        ({"datasets": "MNIST"}, "b"),
        ({"recipes": "IDC"}, "c"),
        ({"tags": "old"}, "ac"),
        ({"tags": ["old", "new"]}, "c"),
        ({"q": "WARM"}, "b"),
        ({"q": "old", "states": "finished"}, "a"),
        ({"sort": "Oldest first"}, "dcba"),
        ({"sort": "Highest accuracy"}, "cdab"),
        ({"sort": "sideways"}, "abcd"),
    ],
    ids=str,
)
def test_the_address_says_what_is_shown(visit: Open, four: dict[str, str], query: dict[str, str], names: str) -> None:
    at = visit(**query)
    assert not at.exception and "".join(named(at)) == names


def test_a_pinned_run_is_on_top_of_every_order(
    visit: Open, four: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    click(monkeypatch, "pin", four["c"])
    assert "".join(named(visit())) == "cabd" and api.get_run(four["c"]).pinned
    assert "".join(named(visit(sort="Oldest first"))) == "cdba"
    click(monkeypatch, "unpin", four["c"])
    assert "".join(named(visit())) == "abcd"


def test_seeds_are_grouped_and_unfold(visit: Open, four: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    at = visit(grouped="true")
    (shown,) = pieces(at, "runs")
    assert [row["kind"] for row in shown["rows"]] == ["group"] * 3 and shown["said"] == "4 runs in 3 groups"
    first = shown["rows"][0]
    means = np.array([71.0, 80.0])
    assert first["accuracy"] == f"{means.mean():.1f} ± {means.std():.1f} % (n 2)"
    assert (first["word"], first["age"], first["group"]) == (
        "2 finished",
        "2 seeds",
        api.group_of(api.get_run(four["a"]).config),
    )
    monkeypatch.setattr(overview, "opened", lambda: frozenset({first["group"]}))
    (shown,) = pieces(visit(grouped="true"), "runs")
    assert [row["kind"] for row in shown["rows"]] == ["group", "member", "member", "group", "group"]
    assert [row["key"] for row in shown["rows"][1:3]] == [four["a"], four["d"]]


def test_many_are_deleted_and_brought_back_at_once(
    visit: Open, four: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    click(monkeypatch, "delete", four["a"], four["b"], "ffffffff", four["d"])
    at = visit()
    assert [run.name for run in api.list_runs()] == ["c"] and "Deleted **3 runs**." in said(at)
    at = button(at, "Undo").click().run()
    assert sorted(run.name for run in api.list_runs()) == list("abcd") and not at.exception


def test_only_what_a_state_allows_is_done(
    visit: Open, add: Add, four: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A browser may be behind, or not be ours: the runs' states decide, not what was sent."""
    live = add("running", 20, name="e")
    for action in ("stop", "resume", "delete", "melt"):
        click(monkeypatch, action, live, *four.values())
        assert not visit().exception
        if action == "resume":
            states = {run.name: run.state for run in api.list_runs()}
            assert states == {"a": "finished", "b": "queued", "c": "queued", "d": "finished", "e": "stopping"}
    assert sorted(run.name for run in api.list_runs()) == list("bce")


def test_tags_of_many_are_added_and_removed(visit: Open, four: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    click(monkeypatch, "tag", four["a"], four["c"], four["d"])
    at = visit()
    assert [field.label for field in at.multiselect if "labels" in str(field.key)] == [
        "Add to all",
        "Remove where present",
    ]
    at.session_state["labels-add"], at.session_state["labels-remove"] = ["kept"], ["old"]
    at = button(at, "Save").click().run()
    assert {run.name: run.tags for run in api.list_runs()} == {
        "a": ("kept",),
        "b": (),
        "c": ("kept", "new"),
        "d": ("kept",),
    }
    assert not at.exception and "Save" not in buttons(at)


def test_tags_and_note_of_one_run(visit: Open, four: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    click(monkeypatch, "edit", four["b"])
    at = visit()
    assert at.text_area(key="labels-note").value == "too warm"
    at.text_area(key="labels-note").set_value("cooler")
    at.session_state["labels-tags"] = ["x" * 99]
    at = button(at, "Save").click().run()
    assert "is no tag" in errors(at)[0] and api.get_run(four["b"]).note == "too warm"
    at.session_state["labels-tags"] = ["mine"]
    at = button(at, "Save").click().run()
    run = api.get_run(four["b"])
    assert (run.tags, run.note) == (("mine",), "cooler") and not at.exception


def test_a_refused_change_is_a_sentence(visit: Open, four: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: str) -> None:
        raise RunFailed("The supervisor did not start; look at its log.")

    monkeypatch.setitem(acts.ACTIONS, "resume", refuse)
    click(monkeypatch, "resume", four["b"])
    at = visit()
    assert errors(at) == ["The supervisor did not start; look at its log."] and not at.exception


def test_read_only_shows_and_offers_nothing_to_change(
    visit: Open, four: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISTILLERY_READONLY", "1")
    at = visit()
    (shown,) = pieces(at, "runs")
    assert shown["readonly"] and [row["actions"] for row in shown["rows"]] == [[]] * 4 and "New run" not in links(at)
    click(monkeypatch, "delete", four["a"])
    at = visit()
    assert "only shows" in errors(at)[0] and len(api.list_runs()) == 4


def test_an_empty_workspace_that_is_read_only_offers_nothing(visit: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTILLERY_READONLY", "1")
    at = visit()
    assert buttons(at) == [] and "only shows" in said(at)


def test_what_next_is_said_once(visit: Open, add: Add) -> None:
    add("running", step=20)
    assert "What next?" not in said(visit())
    run_id = add("finished", step=40)
    at = visit()
    assert "What next?" in said(at) and "Bring your own images" in links(at)
    at = at.button(key="what-next-close").click().run()
    assert "What next?" not in said(at) and not at.exception
    assert run_id in named_ids(at)


def named_ids(at: AppTest) -> list[str]:
    return [row["key"] for row in pieces(at, "runs")[0]["rows"]]


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
    for action in rows.actions(api.get_run(add(state, step=20))):
        run_id = add(state, step=20)
        if action == "delete":
            api.delete(run_id)
        elif action != "clone":
            acts.ACTIONS[action](run_id)


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
    assert pieces(at, "run_pictures")[0]["pictures"] == {run_id: ""} and named_ids(at) == [run_id] and not at.exception

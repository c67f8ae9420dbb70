"""The page Evaluate: what was measured under one protocol, what is missing, and how it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.views.evaluate import cells, launching
from app.views.evaluate.cells import Protocol, Row
from app.views.evaluate.evaluate_page import PER_PAGE
from engine import api
from engine.config import NETWORKS, build
from engine.errors import NotFound
from engine.estimate import Past, evaluation
from engine.estimate.seconds import loop_seconds
from engine.events import Score
from engine.store import tasks
from engine.store.workspace import Workspace
from tests.pages.screen import TINY, Add, Open, errors, pieces, said

HOW = build(TINY)
PROTOCOL = cells.of_config(HOW)
OTHER = PROTOCOL._replace(epochs=7)
PLAIN = Protocol("E-DC", 1, 300, "", 0.0)  # METHODS A0.5: how coresets were published


def score(network: str, *accuracies: float, under: Protocol = PROTOCOL) -> dict[str, Any]:
    return Score(network, accuracies, under._asdict() | {"batch": 64, "lr": 0.01}).to_dict()


def results(*accuracies: float, under: Protocol = PROTOCOL) -> dict[str, Any]:
    return {"distilled": [score("convnet", *accuracies, under=under)]}


def rows(at: AppTest) -> dict[str, dict[str, dict[str, Any]]]:
    """Row -> network -> what its cell shows."""
    (matrix,) = pieces(at, "score_matrix")
    columns = [column["key"] for column in matrix["columns"]]
    return {row["label"]: dict(zip(columns, row["cells"], strict=True)) for row in matrix["rows"]}


def answer(here: Workspace, run_id: str, params: Mapping[str, Any], *scores: dict[str, Any], step: int = 40) -> None:
    """An evaluation that was asked for and is done."""
    api.request("evaluate", run_id, params)
    task = tasks.claim(here)
    assert task is not None
    task.folder.mkdir(parents=True, exist_ok=True)
    tasks.finish(here, task.id, {"step": step, "scores": list(scores)})


# ---- the page


def test_without_runs_it_says_what_will_be_here(visit: Open, add: Add) -> None:
    add("queued")
    at = visit("evaluate")
    assert "Nothing to evaluate yet" in [e.value for e in at.subheader] and not at.exception
    assert not pieces(at, "score_matrix")


def test_a_row_per_run_a_column_per_network(visit: Open, add: Add, here: Workspace) -> None:
    one = add("finished", step=40, name="one", results=results(90.0, 92.0))
    add("finished", step=40, name="two", results=results(95.0, 97.0))
    answer(here, one, {"networks": ["resnet10"]}, score("resnet10", 80.0, 84.0, 82.0))
    at = visit("evaluate")
    found = rows(at)
    assert list(found) == ["two", "one"] and list(found["one"]) == list(NETWORKS) and not at.exception
    assert (found["one"]["convnet"]["value"], found["one"]["convnet"]["below"]) == ("91.0 ± 1.0", "n 2")
    assert found["one"]["resnet10"]["value"] == f"82.0 ± {np.std([80, 84, 82]):.1f}"
    assert found["two"]["resnet10"] | {"title": ""} == {
        "key": found["two"]["resnet10"]["key"], "state": "missing", "value": "–", "below": "", "title": "", "shade": None, "share": 0.0, "open": True,
    }  # fmt: skip
    shades = [found[name][network]["shade"] for name, network in (("one", "resnet10"), ("two", "convnet"))]
    assert shades[0] != shades[1], "the lowest and the highest look different"
    for what, how in (
        ("Protocol", "E-IDC, version 1"),
        ("Epochs", f"{HOW.eval_epochs:,}"),
        ("Batch", "64 images"),
        ("Learning rate", "0.01"),
    ):
        assert f"<td>{what}</td><td>{how}</td>" in said(at), "the protocol in words"
    assert "eval_" not in said(at) and "color_" not in said(at)


def test_the_most_common_protocol_comes_first_and_others_are_marked(visit: Open, add: Add) -> None:
    for number in range(2):
        add("finished", step=40, name=f"usual {number}", results=results(90.0))
    add("finished", step=40, name="odd", results=results(70.0, under=OTHER))
    at = visit("evaluate")
    assert at.selectbox(key="protocol").options == [PROTOCOL.words, OTHER.words, PLAIN.words]
    cell = rows(at)["odd"]["convnet"]
    assert cell["value"] == "70.0 ± 0.0 †" and cell["open"] and cell["shade"] is None and OTHER.words in cell["title"]
    other = rows(visit("evaluate", protocol=OTHER.words))
    assert other["odd"]["convnet"]["value"] == "70.0 ± 0.0" and other["usual 0"]["convnet"]["value"].endswith("†")


def test_both_protocols_can_be_asked_of_every_run(visit: Open, add: Add) -> None:
    add("finished", step=40, name="idc's", results=results(90.0))
    dsa = {"protocol": "E-DC", "eval_augment": "one_color_crop", "eval_cutmix": 0.0}
    add("finished", step=40, name="dsa's", given=dsa, results={"initial": []})
    assert rows(visit("evaluate"))["dsa's"]["convnet"]["open"], "E-IDC as DREAM+ is tested on the digits"
    at = visit("evaluate", protocol=PLAIN.words)
    assert rows(at)["idc's"]["resnet10"]["open"] and f"<td>Epochs</td><td>{PLAIN.epochs}</td>" in said(at)
    cell = rows(at)["dsa's"]["resnet10"]
    assert cell["state"] == "unfit" and not cell["open"] and "another augmentation" in cell["title"], (
        "its E-DC has DSA's"
    )


def test_two_versions_of_a_protocol_are_two_protocols(visit: Open, add: Add) -> None:
    newer = PROTOCOL._replace(version=2)
    add("finished", step=40, name="old", results=results(90.0))
    add("finished", step=40, name="new", results=results(50.0, under=newer))
    assert PROTOCOL.words != newer.words
    old = rows(visit("evaluate", protocol=PROTOCOL.words))
    assert (old["old"]["convnet"]["value"], old["new"]["convnet"]["value"]) == ("90.0 ± 0.0", "50.0 ± 0.0 †")
    cells_of_new = rows(visit("evaluate", protocol=newer.words))["old"]
    assert cells_of_new["resnet10"]["state"] == "unfit", (
        "nothing can be measured under a version that is not this program's"
    )
    assert cells.stored({"name": "E-IDC"}).version == 1, "from before versions were kept"


def test_scores_of_older_images_are_marked(visit: Open, add: Add, here: Workspace) -> None:
    run_id = add("stopped", step=40, name="on its way", results=results(90.0))
    answer(here, run_id, {"networks": ["resnet10"]}, score("resnet10", 80.0), step=20)
    cell = rows(visit("evaluate"))["on its way"]["resnet10"]
    assert cell["value"] == "80.0 ± 0.0 †" and cell["below"] == "n 1 at step 20" and cell["open"]


def test_seeds_join(visit: Open, add: Add) -> None:
    for seed, accuracies in enumerate(((90.0, 92.0), (94.0, 96.0), ())):
        add("finished", step=40, given={"seed": seed}, results=results(*accuracies) if accuracies else {"initial": []})
    (cell,) = [one["convnet"] for one in rows(visit("evaluate", rows="Groups of seeds")).values()]
    assert (
        cell["value"] == f"93.0 ± {np.std([90, 92, 94, 96]):.1f}"
        and cell["below"] == "n 4 · 2 of 3 runs"
        and cell["open"]
    )


def test_filters_are_in_the_address(visit: Open, add: Add) -> None:
    add("finished", step=40, name="here", given={"recipe": "idc"})
    add("finished", step=40, name="there", given={"dataset": "mnist"})
    assert list(rows(visit("evaluate", dataset="MNIST"))) == ["there"]
    assert list(rows(visit("evaluate", find="idc HERE"))) == ["here"]
    assert "No run matches" in said(visit("evaluate", find="nothing of that kind"))
    assert len(rows(visit("evaluate", dataset="<b>", protocol="?", rows="x", repeats="-1"))) == 2


def test_many_rows_come_in_pages(visit: Open, add: Add) -> None:
    for number in range(PER_PAGE + 1):
        add("finished", step=10, name=f"r{number}")
    assert len(rows(visit("evaluate"))) == PER_PAGE


def test_what_is_under_way_shows_how_far_it_is(visit: Open, add: Add, here: Workspace) -> None:
    run_id = add("finished", step=40, name="*busy*", results=results(90.0))
    task = api.request("evaluate", run_id, {"networks": ["resnet10", "resnet18"], "repeats": 2})
    cell = rows(visit("evaluate"))["*busy*"]["resnet10"]
    assert (cell["state"], cell["value"], cell["below"], cell["open"]) == ("live", "0 %", "waiting", False)
    assert tasks.claim(here) is not None and tasks.progress(here, task.id, "accuracy of the synthetic images", 1, 4)
    at = visit("evaluate")
    cell = rows(at)["*busy*"]["resnet18"]
    assert (cell["value"], cell["below"], cell["share"]) == ("25 %", "measuring", 0.25)
    assert "\\*busy\\* · resnet10, resnet18 · 2 repeats" in at.progress[0].text
    at = at.button(key=f"stop-{task.id}").click().run()
    assert api.task(task.id).state == "stopping" and not at.exception
    tasks.stopped(here, task.id)
    at = visit("evaluate")
    assert rows(at)["*busy*"]["resnet10"]["open"] and at.button(key=f"resume-{task.id}").label == "Resume"


def test_a_failure_says_why(visit: Open, add: Add, here: Workspace) -> None:
    run_id = add("finished", step=40, results=results(90.0))
    api.request("evaluate", run_id, {})
    task = tasks.claim(here)
    assert task is not None
    tasks.fail(here, task.id, "The memory is not enough; lower width.", "RunFailed")
    assert errors(visit("evaluate")) == ["The memory is not enough; lower width."]


def test_read_only_the_matrix_is_shown_and_nothing_can_be_chosen(
    visit: Open, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = add("finished", step=40, name="one", results=results(90.0))
    task = api.request("evaluate", run_id, {"networks": ["resnet10"]})
    monkeypatch.setenv("DISTILLERY_READONLY", "1")
    at = visit("evaluate")
    assert not any(cell["open"] for cell in rows(at)["one"].values()) and not at.exception
    assert not [b for b in at.button if b.key in (f"stop-{task.id}", "evaluate-go")] and len(at.progress) == 1


# ---- asking


def test_chosen_cells_become_one_task_per_run(visit: Open, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = (add("finished", step=40, name=name, results=results(90.0)) for name in ("one", "two"))
    chosen = [f"{one}|resnet10", f"{one}|resnet18", f"{two}|resnet10"]
    monkeypatch.setattr("app.views.evaluate.evaluate_page.score_matrix", lambda *_: chosen)
    at = visit("evaluate", repeats="2")
    (go,) = [button for button in at.button if button.key == "evaluate-go"]
    assert go.label.startswith("Evaluate 3 missing cells (about ")
    monkeypatch.setattr("app.views.evaluate.evaluate_page.score_matrix", lambda *_: [])
    at = go.click().run()
    asked = {run_id: some[0].params for run_id, some in api.evaluations([one, two]).items()}
    assert asked == {
        one: {"networks": ["resnet10", "resnet18"], "protocol": "E-IDC", "epochs": PROTOCOL.epochs, "repeats": 2},
        two: {"networks": ["resnet10"], "protocol": "E-IDC", "epochs": PROTOCOL.epochs, "repeats": 2},
    }
    assert len(at.progress) == 2 and not at.exception


def test_the_other_protocol_is_asked_for_by_name(visit: Open, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = add("finished", step=40, name="one", results=results(90.0))
    with monkeypatch.context() as chosen:
        chosen.setattr("app.views.evaluate.evaluate_page.score_matrix", lambda *_: [f"{run_id}|convnet"])
        at = visit("evaluate", repeats="2", protocol=PLAIN.words)
    at = at.button(key="evaluate-go").click().run()
    (task,) = api.evaluations([run_id])[run_id]
    assert task.params == {"networks": ["convnet"], "protocol": "E-DC", "epochs": 300, "repeats": 2}
    assert at.progress[0].text.startswith("one · E-DC · convnet") and not at.exception
    live = {
        words: rows(visit("evaluate", protocol=words))["one"]["convnet"]["state"]
        for words in (PLAIN.words, PROTOCOL.words)
    }
    assert live == {PLAIN.words: "live", PROTOCOL.words: "measured"}


def test_a_task_from_before_protocols_could_be_chosen_is_the_runs_own(add: Add, here: Workspace) -> None:
    run_id = add("finished", step=40, results={"initial": []})
    old = {"networks": ["resnet10"], "epochs": PROTOCOL.epochs, "repeats": 2}
    task = tasks.request(here, "evaluate", run_id, old, "")
    row = Row("row", "a row", (api.get_run(run_id),))
    assert cells.cell(row, "resnet10", PROTOCOL, {run_id: [task]}, {}).tasks == (task,)
    assert not cells.cell(row, "resnet10", PLAIN, {run_id: [task]}, {}).tasks


def test_a_group_asks_for_those_of_its_runs_that_lack_it(add: Add) -> None:
    have = add("finished", step=40, given={"seed": 0}, results=results(90.0))
    lack = add("finished", step=40, given={"seed": 1}, results={"initial": []})
    row = Row("group", "a group", (api.get_run(have), api.get_run(lack)))
    cell = cells.cell(row, "convnet", PROTOCOL, {}, {})
    assert [run.id for run in cell.missing] == [lack]
    asked = launching.by_run({"a": ("convnet", cell.missing), "b": ("resnet10", row.runs)})
    assert {run_id: networks for run_id, (_, networks) in asked.items()} == {
        lack: ["convnet", "resnet10"],
        have: ["resnet10"],
    }


# ---- the engine's side


def test_evaluations_of_many_runs_newest_first(add: Add, here: Workspace) -> None:
    one, two, none = (add("finished", step=40) for _ in range(3))
    for repeats in (1, 2):
        answer(here, one, {"repeats": repeats}, score("convnet", 80.0 + repeats))
    api.request("evaluate", two, {})
    api.request("ranking", two, {})
    found = api.evaluations([one, two, none, "00000000"])
    assert {run_id: [task.params["repeats"] for task in some] for run_id, some in found.items()} == {
        one: [2, 1],
        two: [3],
    }
    assert found[one] == [task for task in api.tasks_of(one) if task.kind == "evaluate"] and api.evaluations([]) == {}
    with pytest.raises(NotFound):
        api.evaluations(["../secrets"])


def test_what_more_will_take_grows_with_what_is_asked() -> None:
    one = evaluation(HOW, False)
    assert one is not None and one > 0
    for change, times in (({"eval_repeats": 2 * HOW.eval_repeats}, 2), ({"eval_epochs": 3 * HOW.eval_epochs}, 3)):
        assert evaluation(build(TINY | change), False) == pytest.approx(times * one)
    both = evaluation(build(TINY | {"eval_networks": ["convnet", "resnet10"]}), False)
    other = evaluation(build(TINY | {"eval_networks": ["resnet10"]}), False)
    assert other is not None and both == pytest.approx(one + other)
    slow = [Past(HOW, False, 1 / (5 * loop_seconds(HOW)))]
    assert evaluation(HOW, False, slow) == pytest.approx(5 * one), "at the pace of earlier runs"
    assert evaluation(HOW, True, slow) is None, "nobody knows this GPU"
    assert api.evaluation_seconds(HOW, {}) == pytest.approx(one)
    asked = {"networks": ["resnet10"], "protocol": "E-DC", "epochs": 10, "repeats": 2}
    same = {"eval_networks": ["resnet10"], "protocol": "E-DC", "eval_epochs": 10, "eval_repeats": 2}
    assert api.evaluation_seconds(HOW, asked) == pytest.approx(evaluation(build(TINY | same), False))

"""The tab Evaluate of a run's page: asked of the engine, never computed here."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.parts import scores
from engine import api
from engine.errors import RunFailed
from engine.events import Score
from engine.store import tasks
from engine.store.workspace import Workspace
from tests.pages.screen import Add, Open, button, buttons, errors, said

HOW = {"name": "E-IDC", "epochs": 1200, "batch": 64, "lr": 0.01, "augment": "flip", "cutmix": 0.5}


def opened(visit: Open, run_id: str) -> AppTest:
    return visit("run", id=run_id, tab="Evaluate")


def table(at: AppTest) -> str:
    return "".join(element.value for element in at.html if '<div class="sheet"' in element.value)


def claim(here: Workspace) -> api.Task:
    task = tasks.claim(here)
    assert task is not None
    task.folder.mkdir(parents=True, exist_ok=True)
    return task


def score(network: str, *accuracies: float, **how: Any) -> dict[str, Any]:
    best = tuple(a + 2 for a in accuracies)
    return Score(network, accuracies, HOW | how, best).to_dict()


def test_without_images_it_says_so(visit: Open, add: Add) -> None:
    at = opened(visit, add("queued"))
    assert "There are no images to evaluate yet" in said(at) and not at.exception
    assert "Evaluate" not in buttons(at)


def test_before_anything_was_asked_there_are_only_the_controls(visit: Open, add: Add) -> None:
    run_id = add("finished", step=40)
    at, config = opened(visit, run_id), api.get_run(run_id).config
    assert not at.exception and table(at) == "" and not at.progress
    assert at.multiselect(key=f"evaluate-networks-{run_id}").value == ["convnet"]
    assert at.number_input(key=f"eval_repeats-{run_id}").value == config.eval_repeats
    assert at.number_input(key=f"eval_epochs-{run_id}").value == config.eval_epochs
    assert {"Evaluate", "Rank"} <= set(buttons(at))


def test_from_the_button_to_the_table(visit: Open, add: Add, here: Workspace) -> None:
    run_id = add("finished", step=40)
    at = opened(visit, run_id)
    at.multiselect(key=f"evaluate-networks-{run_id}").set_value(["convnet", "densenet121"]).run()
    at.number_input(key=f"eval_repeats-{run_id}").set_value(5).run()
    at = button(at, "Evaluate").click().run()
    assert [bar.text for bar in at.progress] == [
        f"convnet, densenet121 · 5 repeats · {api.get_run(run_id).config.eval_epochs:,} epochs: waiting for the engine"
    ]
    task = claim(here)
    assert (
        task.kind == "evaluate"
        and task.params["networks"] == ["convnet", "densenet121"]
        and task.params["repeats"] == 5
    )
    tasks.progress(here, task.id, "accuracy of the synthetic images", 1, 4)
    assert [(bar.value, bar.text.endswith("images · 25 %")) for bar in at.run().progress] == [(25, True)]
    tasks.finish(here, task.id, {"step": 40, "scores": [score("convnet", 90.0, 92.0), score("densenet121", 80.0)]})
    at = at.run()
    assert not at.progress and not at.exception
    assert "<td>convnet</td><td>91.0 ± 1.0 % (n 2)</td><td>93.0 ± 1.0 %</td><td>40</td>" in table(at)
    assert "<td>densenet121</td><td>80.0 ± 0.0 % (n 1)</td>" in table(at)
    assert "E-IDC, 1,200 epochs, batches of 64, learning rate 0.01, augmentation flip, CutMix 0.5" in table(at)
    assert table(opened(visit, run_id)) == table(at), "found again when the page is opened anew"


def test_stop_and_resume(visit: Open, add: Add, here: Workspace) -> None:
    run_id = add("finished", step=40)
    asked = api.request("evaluate", run_id, {"repeats": 4})
    claim(here)
    at = opened(visit, run_id)
    at = at.button(key=f"stop-{asked.id}").click().run()
    assert api.task(asked.id).state == "stopping" and at.button(key=f"stop-{asked.id}").disabled
    assert at.progress[0].text.endswith("stopping")
    tasks.stopped(here, asked.id)
    at = at.run()
    assert "4 repeats" in said(at) and "stopped." in said(at) and not at.progress
    at = at.button(key=f"resume-{asked.id}").click().run()
    assert api.task(asked.id).state == "queued" and len(at.progress) == 1 and not at.exception


def test_a_failed_evaluation_says_why_and_can_go_on(visit: Open, add: Add, here: Workspace) -> None:
    run_id = add("finished", step=40)
    asked = api.request("evaluate", run_id, {})
    tasks.fail(here, claim(here).id, "The memory is not enough; lower width.", "RunFailed")
    at = opened(visit, run_id)
    assert errors(at) == ["The memory is not enough; lower width."] and not at.exception
    at = at.button(key=f"resume-{asked.id}").click().run()
    assert not errors(at) and api.task(asked.id).state == "queued"


def test_a_failure_is_forgotten_once_a_later_one_ended_well(visit: Open, add: Add, here: Workspace) -> None:
    run_id = add("finished", step=40)
    api.request("evaluate", run_id, {})
    tasks.fail(here, claim(here).id, "It broke.", "RunFailed")
    api.request("evaluate", run_id, {"repeats": 2})
    tasks.finish(here, claim(here).id, {"step": 40, "scores": [score("convnet", 90.0)]})
    at = opened(visit, run_id)
    assert not errors(at) and "90.0" in table(at)


def test_without_a_network_nothing_can_be_asked(visit: Open, add: Add) -> None:
    run_id = add("finished", step=40)
    at = opened(visit, run_id)
    at = at.multiselect(key=f"evaluate-networks-{run_id}").set_value([]).run()
    assert "Evaluate" not in buttons(at) and not at.exception


def test_a_refusal_is_a_sentence(visit: Open, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise RunFailed("The supervisor did not start; look at its log.")

    monkeypatch.setattr(api, "request", refuse)
    at = button(opened(visit, add("finished", step=40)), "Evaluate").click().run()
    assert errors(at) == ["The supervisor did not start; look at its log."] and not at.exception


def test_dd_ranking_shows_two_scores_and_what_is_behind_them(visit: Open, add: Add, here: Workspace) -> None:
    run_id = add("finished", step=40)
    at = button(opened(visit, run_id), "Rank").click().run()
    task = claim(here)
    assert task.kind == "ranking" and task.params["repeats"] == api.get_run(run_id).config.eval_repeats
    assert len(at.progress) == 1 and at.progress[0].text.startswith("DD-Ranking · ")
    sets = {"synthetic_aug": 70.0, "random_aug": 31.0, "synthetic_noaug": 60.0, "random_noaug": 30.0}
    found = {name: score("convnet", mean, lr=0.05) for name, mean in sets.items()}
    tasks.finish(
        here, task.id, {"step": 40, "lrs": 0.3234, "ars": 0.41, "scores": found, "full": score("convnet", 85.0)}
    )
    at = at.run()
    shown = {metric.label: metric.value for metric in at.metric}
    assert shown["Label-robust score (LRS)"] == "0.323" and shown["Augmentation-robust score (ARS)"] == "0.410"
    assert "<td>random real images, without augmentation</td><td>30.0 ± 0.0 % (n 1)</td><td>0.05</td>" in table(at)
    assert "<td>full training set</td><td>85.0 ± 0.0 % (n 1)</td>" in table(at) and not at.exception


def test_results_show_the_best_beside_the_last_where_it_is_known(visit: Open, add: Add) -> None:
    run_id = add("finished", step=40, results={"distilled": [score("convnet", 95.0)], "initial": [
        {"network": "convnet", "accuracies": [70.0], "protocol": {"epochs": 3}}]})  # fmt: skip
    shown = table(visit("run", id=run_id))
    assert "<td>95.0 ± 0.0 % (n 1)</td><td>97.0 ± 0.0 %</td>" in shown
    assert "<td>70.0 ± 0.0 % (n 1)</td><td>–</td>" in shown


def test_an_old_protocol_is_told_as_far_as_it_is_known() -> None:
    assert scores.protocol_in_words({"epochs": 300}) == "300 epochs"
    assert (
        scores.protocol_in_words({"name": "E-DC", "augment": "", "cutmix": 0.0, "batch": 256}) == "E-DC, batches of 256"
    )

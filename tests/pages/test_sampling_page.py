"""The study of one class: asked of the engine, never computed here."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from engine import api
from engine.store import artifacts, tasks
from engine.store.workspace import Workspace
from tests.pages.screen import NAMES, Add, Open, button, errors, figures, headers, pieces, said

COUNT, BATCH = 60, 12
FIGURES = {"representative": {"mmd": 0.01, "spread": 2.0}, "random": {"mmd": 0.025, "spread": 1.5}}


def answer(here: Workspace) -> dict[str, Any]:
    """Does the waiting task as the engine would; what was asked for."""
    task = tasks.claim(here)
    assert task is not None and task.kind == "sampling"
    draw = np.random.default_rng(1)
    task.folder.mkdir(parents=True)
    arrays = {
        "points": draw.normal(size=(COUNT, 2)).astype(np.float32),
        "images": draw.integers(0, 256, (COUNT, 1, 16, 16), np.uint8),
        "representative": draw.permutation(COUNT)[:BATCH],
        "random": draw.permutation(COUNT)[:BATCH],
    }
    safetensors.numpy.save_file(arrays, task.folder / "study.safetensors")
    result = {
        "count": COUNT,
        "method": task.params["method"],
        "features": "the run's network after inner loop 40",
        "step": 40,
    }
    tasks.finish(here, task.id, result | FIGURES)
    return dict(task.params)


def test_without_a_run_it_says_so(visit: Open) -> None:
    at = visit("sampling")
    assert headers(at) == ["Sampling", "There is no run yet"] and not at.exception


def test_an_unknown_run_is_said_kindly(visit: Open, add: Add) -> None:
    add("finished", step=40)
    at = visit("sampling", id="deadbeef")
    assert headers(at)[1].startswith("There is no run") and not at.exception


def test_a_run_without_data_says_so(visit: Open, add: Add) -> None:
    at = visit("sampling", id=add("queued"))
    assert "has not read its data yet" in said(at) and not at.exception


def test_the_answer_keeps_its_place_while_it_is_computed(visit: Open, add: Add, here: Workspace) -> None:
    add("finished", step=40)
    at = visit("sampling")
    assert len(at.get("skeleton")) == 3 and len(at.progress) == 1 and not at.exception
    assert answer(here)["method"] == "pca", "the quick one first"


def test_both_batches_are_shown_with_their_figures(visit: Open, add: Add, here: Workspace) -> None:
    run_id = add("finished", step=40)
    visit("sampling", id=run_id)
    answer(here)
    at = visit("sampling", id=run_id)
    assert not at.exception
    assert [m.value for m in at.metric] == ["0.0100", "2", "0.0250", "1.5"]
    assert "2.5× closer" in said(at)
    (shown,) = pieces(at, "live_chart")
    assert shown["select"] and shown["images"]["url"].startswith("data:image/png")
    names = [trace["name"] for trace in json.loads(shown["figure"])["data"]]
    assert names == [
        f"all real images of the class ({COUNT})",
        f"representative batch ({BATCH})",
        f"random batch ({BATCH})",
    ]


def test_the_address_holds_class_and_method(visit: Open, add: Add, here: Workspace) -> None:
    run_id = add("finished", step=40)
    at = visit("sampling", id=run_id, method="UMAP", **{"class": "three"})
    assert answer(here)["method"] == "pca", "the quick one is there first"
    at = at.run()
    assert figures(at)["Embedding of one class"]["layout"]["xaxis"]["title"]["text"] == "PCA 1 (no unit)"
    assert "The first UMAP of a session" in at.progress[0].text
    asked = answer(here)
    assert (asked["label"], asked["method"], asked["clusters"]) == (
        NAMES.index("three"),
        "umap",
        api.get_run(run_id).config.clusters,
    )
    at = at.run()
    assert figures(at)["Embedding of one class"]["layout"]["xaxis"]["title"]["text"] == "UMAP 1 (no unit)"


def test_other_clusters_ask_anew(visit: Open, add: Add, here: Workspace) -> None:
    run_id = add("finished", step=40)
    at = visit("sampling", id=run_id)
    answer(here)
    at.number_input(key=f"study-clusters-{run_id}").set_value(5).run()
    assert answer(here)["clusters"] == 5


def test_a_lasso_lists_its_images(visit: Open, add: Add, here: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.views.sampling import study_view

    run_id = add("finished", step=40)
    visit("sampling", id=run_id)
    answer(here)
    monkeypatch.setattr(study_view, "live_chart", lambda *_, **__: [3, 5, 10_000])
    at = visit("sampling", id=run_id)
    assert "Inside your lasso: 2 images" in said(at) and not at.exception


def test_a_failed_task_is_a_sentence_and_is_not_asked_for_again_by_itself(
    visit: Open, add: Add, here: Workspace
) -> None:
    at = visit("sampling", id=add("finished", step=40))
    task = tasks.claim(here)
    assert task is not None
    tasks.fail(here, task.id, "clusters 2000 is more than the class has; lower it.", "BadConfig")
    at = at.run().run()
    assert errors(at) == ["clusters 2000 is more than the class has; lower it."] and not at.exception
    assert tasks.claim(here) is None
    button(at, "Try again").click().run()
    assert tasks.claim(here) is not None


def test_a_run_that_goes_on_does_not_change_what_is_looked_at(visit: Open, add: Add, here: Workspace) -> None:
    run_id = add("running", step=60, given={"outer": 10})
    at = visit("sampling", id=run_id)
    answer(here)
    artifacts.write_snapshot(here.run(run_id), 70, np.zeros((10, 1, 16, 16), np.float32), 10)
    at = at.run()
    assert "2.5× closer" in said(at) and "the run has gone on since" in said(at)
    button(at, "Look again").click().run()
    assert tasks.claim(here) is not None


def test_a_damaged_answer_is_a_sentence(visit: Open, add: Add, here: Workspace) -> None:
    run_id = add("finished", step=40)
    visit("sampling", id=run_id)
    answer(here)
    (path,) = (here.root / "tasks").rglob("study.safetensors")
    path.write_bytes(b"nonsense")
    at = visit("sampling", id=run_id)
    assert "cannot be read back" in errors(at)[0] and not at.exception

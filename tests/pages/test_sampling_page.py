"""The study of one class: asked of the engine, never computed here."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from sqlalchemy import delete

from app.views.sampling import lasso
from app.views.sampling.batches import verdict
from app.views.sampling.study import asked_number
from engine import api
from engine.store import artifacts, database, tasks
from engine.store.tables import RunRow, TaskRow
from engine.store.workspace import Workspace
from tests.pages.screen import NAMES, Add, Open, button, errors, figures, headers, pieces, said
from tests.pages.ticking import tick

COUNT, BATCH, CLUSTERS = 60, 12, 5
MEMBERS = np.arange(COUNT) * 10 + 3  # positions in the training set
LEFT, RIGHT = {"mmd": 0.01, "spread": 2.0, "norm": 3.5}, {"mmd": 0.025, "spread": 1.5, "norm": 7.0}


def answer(here: Workspace, norms: bool = True, **figures: Any) -> dict[str, Any]:
    """Does the waiting task as the engine would; what was asked for."""
    task = tasks.claim(here)
    assert task is not None and task.kind == "sampling"
    draw = np.random.default_rng(1)
    task.folder.mkdir(parents=True)
    arrays = {
        "points": draw.normal(size=(COUNT, task.params["dims"])).astype(np.float32),
        "images": draw.integers(0, 256, (COUNT, 1, 16, 16), np.uint8),
        "members": MEMBERS,
        "cluster": np.arange(COUNT) % CLUSTERS,
        "norms": (draw.random(COUNT) if norms else np.full(COUNT, np.nan)).astype(np.float32),
        "left": draw.permutation(COUNT)[:BATCH],
        "right": draw.permutation(COUNT)[:BATCH],
    }
    safetensors.numpy.save_file(arrays, task.folder / "study.safetensors")
    result = {"count": COUNT, "features": "the run's network after inner loop 40", "step": 40}
    tasks.finish(here, task.id, result | {"left": LEFT, "right": RIGHT} | figures)
    return dict(task.params)


def marks(figure: dict[str, Any]) -> list[str]:
    return [trace["name"] for trace in figure["data"]]


def draw_lasso(monkeypatch: pytest.MonkeyPatch, *sent: object) -> None:
    """As if the browser had sent this."""
    monkeypatch.setattr(lasso, "chosen", lambda _, count: lasso.known(list(sent), count))


def shown_ids(at: Any) -> list[int]:
    """Of the images of a lasso, in their order."""
    return [int(i) for element in at.html for i in re.findall(r'data-id="(\d+)"', element.value)]


def test_without_a_run_it_says_so(visit: Open) -> None:
    at = visit("sampling")
    assert headers(at) == ["Sampling"] and at.subheader[0].value == "There is no run yet" and not at.exception


def test_an_unknown_run_is_said_kindly(visit: Open, add: Add) -> None:
    add("finished", step=40)
    at = visit("sampling", id="deadbeef")
    assert at.subheader[0].value.startswith("There is no run") and not at.exception


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
    assert [m.value for m in at.metric] == ["0.0100", "2", "3.5", "0.0250", "1.5", "7"]
    assert "The representative batch stands **2.5× closer** to the whole class than the random batch." in said(at)
    shown, histogram = pieces(at, "live_chart")
    assert shown["select"] and f"{shown['images']['url']}: url(data:image/png;base64," in said(at)
    assert marks(json.loads(histogram["figure"])) == ["Class", "Representative batch", "Random batch"]
    assert marks(json.loads(shown["figure"])) == [
        f"All real images of the class ({COUNT})",
        f"Representative batch ({BATCH})",
        f"Random batch ({BATCH})",
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
    at = visit("sampling", id=run_id, method="UMAP", **{"class": "three"})
    assert figures(at)["Embedding of one class"]["layout"]["xaxis"]["title"]["text"] == "UMAP 1 (no unit)"


def test_other_clusters_ask_anew_and_go_into_the_address(visit: Open, add: Add, here: Workspace) -> None:
    run_id = add("finished", step=40)
    at = visit("sampling", id=run_id)
    answer(here)
    at = at.number_input(key="study-clusters").set_value(5).run()
    assert answer(here)["clusters"] == 5 and at.query_params["clusters"] == "5"
    at = at.number_input(key="study-clusters").set_value(api.get_run(run_id).config.clusters).run()
    assert "clusters" not in at.query_params


@pytest.mark.parametrize(("asked", "expected"), [("7", 7), ("0", 1), ("-3", 32), ("many", 32), ("", 32), ("9" * 30, 32), ("99999", 2048), ("²", 32)])  # fmt: skip
def test_a_number_of_the_address_is_made_possible(asked: str, expected: int) -> None:
    assert asked_number(asked, 32, 1, 2048) == expected


def test_clusters_of_the_address_are_asked_for(visit: Open, add: Add, here: Workspace) -> None:
    at = visit("sampling", id=add("finished", step=40), clusters="7", per_cluster="x")
    assert answer(here)["clusters"] == 7 and at.number_input(key="study-per_cluster").value == 1 and not at.exception


def test_any_two_samplers_stand_side_by_side(visit: Open, add: Add, here: Workspace) -> None:
    at = visit("sampling", id=add("finished", step=40), left="Boundary", right="Representative")
    asked = answer(here)
    assert (asked["left"], asked["right"]) == ("boundary", "representative")
    at = at.run()
    assert "The boundary batch stands **2.5× closer** to the whole class than the representative batch." in said(at)
    assert marks(figures(at)["Embedding of one class"])[1:] == [
        f"Boundary batch ({BATCH})",
        f"Representative batch ({BATCH})",
    ]
    at = at.selectbox(key="left").set_value("representative").run()
    assert "Representative" not in at.selectbox(key="right").options
    asked = answer(here)
    assert asked["left"] == "representative" and asked["right"] == "random"


@pytest.mark.parametrize(
    ("left", "right", "small", "large", "words"),
    [
        ("representative", "random", 0.01, 0.03, "The representative batch stands **3.0× closer** to the whole class than the random batch."),
        ("random", "boundary", 0.01, 0.03, "Here the random batch happens to stand 3.0× closer to the class than the boundary batch; other draws may differ."),
        ("center", "random", 0.01, 0.0104, "Here both batches stand about equally close to the whole class."),
        ("center", "boundary", 0.0, 0.0, "Here both batches stand about equally close to the whole class."),
    ],
)  # fmt: skip
def test_the_verdict_holds_for_any_two(left: str, right: str, small: float, large: float, words: str) -> None:
    assert verdict({"left": left, "right": right}, {"left": {"mmd": small}, "right": {"mmd": large}}) == words
    assert verdict({"left": right, "right": left}, {"left": {"mmd": large}, "right": {"mmd": small}}) == words


def test_three_dimensions_are_turned_and_have_no_lasso(visit: Open, add: Add, here: Workspace) -> None:
    at = visit("sampling", id=add("finished", step=40), dims="3D")
    assert answer(here)["dims"] == 3
    at = at.run()
    assert {trace["type"] for trace in figures(at)["Embedding of one class"]["data"]} == {"scatter3d"}
    assert "a lasso can be drawn in two dimensions only" in said(at) and not at.exception


def test_a_lasso_lists_its_images(visit: Open, add: Add, here: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = add("finished", step=40)
    visit("sampling", id=run_id)
    answer(here)
    draw_lasso(monkeypatch, 5, 3, 10_000, -1, "7", None, 5)
    at = visit("sampling", id=run_id)
    assert "Inside your lasso: 2 images" in said(at) and shown_ids(at) == [3, 5] and not at.exception
    assert f"image {MEMBERS[5]} of the training set" in said(at)
    all_dots, *_ = figures(at)["Embedding of one class"]["data"]
    assert all_dots["selectedpoints"] == [3, 5]
    for colour in ("Cluster", "Gradient norm"):
        assert shown_ids(visit("sampling", id=run_id, colour=colour)) == [3, 5]


def test_a_large_lasso_has_pages(visit: Open, add: Add, here: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lasso, "PER_PAGE", 25)
    run_id = add("finished", step=40)
    visit("sampling", id=run_id)
    answer(here)
    draw_lasso(monkeypatch, *range(COUNT))
    at = visit("sampling", id=run_id)
    assert f"Inside your lasso: {COUNT} images" in said(at) and shown_ids(at) == list(range(25))
    (pages,) = at.get("pagination")
    assert pages.proto.num_pages == 3


def test_clearing_takes_the_lasso_from_the_plot(visit: Open, add: Add, here: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    run_id = add("finished", step=40)
    visit("sampling", id=run_id)
    answer(here)
    with monkeypatch.context() as browser:
        draw_lasso(browser, 3, 5)
        at = visit("sampling", id=run_id)
    before = pieces(at, "live_chart")[0]["key"]
    at = button(at, "Clear").click().run()
    assert shown_ids(at) == [] and pieces(at, "live_chart")[0]["key"] != before


def test_a_clicked_image_shows_its_cluster(visit: Open, add: Add, here: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    run_id = add("finished", step=40)
    visit("sampling", id=run_id)
    answer(here)
    draw_lasso(monkeypatch, 7)
    at = visit("sampling", id=run_id, colour="Cluster")
    assert "Cluster 2: 12 images" in said(at) and shown_ids(at) == list(range(2, COUNT, CLUSTERS))
    figure = figures(at)["Embedding of one class"]
    assert marks(figure)[-1] == "Cluster 2 (12)" and figure["data"][0]["text"][7] == "cluster 2"
    at = visit("sampling", id=run_id)
    assert "Image 7" in said(at) and shown_ids(at) == [7]


def test_the_runs_own_picks_follow_the_step(visit: Open, add: Add, here: Workspace) -> None:
    run_id = add("finished", step=40)
    visit("sampling", id=run_id)
    answer(here)
    places = {0: [4, 9, 1], 10: [9, 2, 3]}
    for step, positions in places.items():
        artifacts.write_picks(here.run(run_id), step, {0: MEMBERS[positions]})
    own = "The run's own picks"
    at = visit("sampling", id=run_id, colour=own)
    (control,) = pieces(at, "steps")
    assert control["ranges"] == [[0, 10, 2]] and control["shown"] == 10
    assert "picks at step 10" in said(at) and "1 of them was picked at step 0 too" in said(at)
    figure = figures(at)["Embedding of one class"]
    assert marks(figure)[1:] == ["Picked at step 10 (3)", "Picked at step 0, no more (2)"]
    drawn = [
        np.frombuffer(base64.b64decode(t["customdata"]["bdata"]), t["customdata"]["dtype"]) for t in figure["data"][1:]
    ]
    assert [p.tolist() for p in drawn] == [[9, 2, 3], [1, 4]]
    assert "as the run's network after inner loop 40 sees them" in said(at)
    at = visit("sampling", id=run_id, colour=own, step="0")
    assert marks(figures(at)["Embedding of one class"])[1:] == ["Picked at step 0 (3)"] and not at.exception


def test_picks_of_other_data_are_a_sentence(visit: Open, add: Add, here: Workspace) -> None:
    run_id = add("finished", step=40)
    visit("sampling", id=run_id)
    answer(here)
    artifacts.write_picks(here.run(run_id), 0, {0: np.array([3, 13, 7])})
    at = visit("sampling", id=run_id, colour="The run's own picks")
    assert "the data have changed since the run" in errors(at)[0] and not at.exception


@pytest.mark.parametrize(
    ("given", "words"),
    [({"recipe": "idc"}, "draws a random batch for every loop"), ({}, "has kept no picks")],
)
def test_a_run_without_picks_says_why(given: dict[str, object], words: str, visit: Open, add: Add, here: Workspace) -> None:  # fmt: skip
    run_id = add("finished", step=40, given=given)
    visit("sampling", id=run_id)
    answer(here)
    at = visit("sampling", id=run_id, colour="The run's own picks")
    assert words in said(at) and len(pieces(at, "live_chart")) == 2 and not at.exception


def test_without_gradient_norms_it_says_why(visit: Open, add: Add, here: Workspace) -> None:
    run_id = add("finished", step=40)
    visit("sampling", id=run_id)
    answer(here, norms=False, left=LEFT | {"norm": None}, right=RIGHT | {"norm": None})
    at = visit("sampling", id=run_id, colour="Gradient norm")
    assert "an image has no gradient of its own" in said(at) and list(figures(at)) == ["Embedding of one class"]
    assert [m.value for m in at.metric if m.label == "Mean gradient norm"] == ["–", "–"] and not at.exception


def test_a_distillery_that_only_shows_gives_what_was_asked_before(
    visit: Open, add: Add, here: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = add("finished", step=40)
    visit("sampling", id=run_id)
    answer(here)
    monkeypatch.setenv("DISTILLERY_READONLY", "1")
    assert "2.5× closer" in said(visit("sampling", id=run_id))
    at = visit("sampling", id=run_id, **{"class": "three"})
    assert "nobody has asked for this" in errors(at)[0] and not at.exception


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


@pytest.mark.parametrize("method", ["PCA", "UMAP"])
def test_a_task_that_is_gone_while_its_clock_ticks_is_asked_for_anew(
    method: str, visit: Open, add: Add, here: Workspace
) -> None:
    run_id = add("finished", step=40)
    at = visit("sampling", id=run_id, method=method)
    before = {task.id for task in api.live_tasks()}
    with database.write(here) as session:
        session.execute(delete(TaskRow))
    at = tick(at, "study-waiting")
    assert not at.exception and not errors(at) and len(at.progress) == 1
    assert len(api.live_tasks()) == len(before) and before.isdisjoint(task.id for task in api.live_tasks())


def test_a_run_that_is_gone_while_its_clock_ticks_is_a_sentence(visit: Open, add: Add, here: Workspace) -> None:
    at = visit("sampling", id=add("finished", step=40))
    with database.write(here) as session:
        session.execute(delete(TaskRow))
        session.execute(delete(RunRow))
    at = tick(at, "study-waiting")
    assert not at.exception and not at.progress and at.subheader[0].value == "There is no run yet"


def test_the_quick_embedding_comes_as_soon_as_it_is_there(visit: Open, add: Add, here: Workspace) -> None:
    at = visit("sampling", id=add("finished", step=40), method="UMAP")
    assert len(at.get("skeleton")) == 3 and "The first UMAP of a session" in at.progress[0].text
    assert answer(here)["method"] == "pca"
    at = tick(at, "study-waiting")
    assert "Embedding of one class" in figures(at) and not at.get("skeleton") and len(at.progress) == 1
    assert answer(here)["method"] == "umap"
    at = tick(at, "study-waiting")
    assert figures(at)["Embedding of one class"]["layout"]["xaxis"]["title"]["text"] == "UMAP 1 (no unit)"
    assert not at.progress and not at.exception


def test_a_task_that_was_stopped_says_so_and_can_be_asked_for_again(visit: Open, add: Add, here: Workspace) -> None:
    at = visit("sampling", id=add("finished", step=40))
    api.stop_task(api.live_tasks()[0].id)
    at = tick(at, "study-waiting")
    assert errors(at) == ["This was stopped before it was done."] and not at.exception
    button(at, "Try again").click().run()
    assert answer(here)["method"] == "pca"


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

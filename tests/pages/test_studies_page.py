"""Studies: the cards, what was launched, and the page of one."""

from __future__ import annotations

import csv
import dataclasses
import io
import math
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from app.views.studies import studies_figures, studies_points, studies_table
from engine import api
from engine.errors import RunFailed
from engine.protocols import protocol
from engine.store import database, tasks
from engine.store.tables import RunRow
from engine.store.workspace import Workspace
from engine.studies import STUDIES, Member, StudyRecord, record
from tests.pages.screen import Add, Open, button, buttons, errors, figures, headers, links, pieces, said, score

STUDY = "57d1e5a0"
TABLE = api.studies()


def make(
    here: Workspace, add: Add, name: str, states: Sequence[str] = (), scale: str = "digits", **columns: Any
) -> StudyRecord:
    """A launched study whose first runs are in those states, the others finished."""
    members = []
    for i, cell in enumerate(STUDIES[name].cells(scale)):
        state = states[i] if i < len(states) else "finished"
        step = 40 if state == "finished" else 10 if state == "running" else 0
        more = columns if state == "failed" else {}
        members.append(Member(cell.label, 0, add(state, step=step, given=cell.settings, name=cell.label, **more)))
    record.write(here, StudyRecord(STUDY, name, scale, time.time() - 60, {}, tuple(members)))
    return api.get_study(STUDY)


def test_it_starts_with_a_card_per_study(visit: Open) -> None:
    at = visit("studies")
    assert headers(at) == ["Studies"] and not at.exception
    for study in TABLE:
        assert f"**{study['title']}**" in said(at) and study["question"] in said(at) and study["source"] in said(at)
        (start,) = [b for b in at.button if b.key == f"study-digits-{study['name']}"]
        assert (
            start.label.startswith("Run on digits ·")
            and start.label.endswith("min")
            and str(study["scales"]["digits"]["runs"]) in start.label
        )
        assert [b for b in at.button if b.key == f"study-paper-{study['name']}"]
    assert "None yet." in said(at)


def test_a_card_starts_its_study(visit: Open) -> None:
    at = visit("studies").button(key="study-digits-mmd").click().run()
    (one,) = api.list_studies()
    assert not at.exception and at.query_params["id"] == one.id
    assert (one.name, one.scale, len(api.list_runs())) == ("mmd", "digits", 2)


def test_it_says_by_which_protocol_cells_were_tested(visit: Open, add: Add, here: Workspace) -> None:
    study = make(here, add, "ablation")
    at = visit("studies", id=study.id)
    (told,) = [text for text in said(at).split("\n") if "protocol of its own paper" in text]
    assert "**IDC, IDC + RM," in told and "**DC," in told and "**DSA," in told and told.count("E-DC") == 2
    one = api.study_protocols(study.id)["IDC"]
    assert one == protocol(api.get_run(study.members[0].run_id).config, one["epochs"]).to_dict()
    record.write(here, dataclasses.replace(study, id="57d1e5a1", name="mmd"))
    assert "protocol" not in said(visit("studies", id="57d1e5a1"))


def test_what_keeps_it_from_starting_is_a_sentence(visit: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise RunFailed("The supervisor did not start; look into supervisor.log.")

    monkeypatch.setattr(api, "launch_study", refuse)
    at = visit("studies").button(key="study-paper-mmd").click().run()
    assert errors(at) == ["The supervisor did not start; look into supervisor.log."] and not at.exception


def test_launched_studies_are_listed_below(visit: Open, add: Add, here: Workspace) -> None:
    make(here, add, "stability", ["finished", "running"])
    at = visit("studies")
    assert not at.exception and "None yet." not in said(at)
    assert "Newest: running, 1 min ago" in links(at) and "Training stability" in links(at)
    (bar,) = at.progress
    assert bar.text.endswith("% of 3 runs") and "digits · 1 min ago" in said(at)


def test_an_unknown_study_is_said_kindly(visit: Open) -> None:
    at = visit("studies", id="deadbeef")
    assert (
        headers(at)[0].startswith("There is no study “deadbeef”") and not at.exception and links(at) == ["All studies"]
    )
    at = visit("studies", id="../..")
    assert not at.exception and (errors(at) or headers(at))


def test_a_finished_study_shows_its_figures_and_what_to_see(visit: Open, add: Add, here: Workspace) -> None:
    one = make(here, add, "stability")
    at = visit("studies", id=STUDY)
    assert not at.exception and headers(at) == ["Training stability"]
    assert STUDIES["stability"].see in said(at) and "Reproduces: Figure 6" in said(at)
    assert list(figures(at)) == ["Feature migration", "Gradient loss", "Feature difference", "MMD², synthetic images"]
    drawn = [trace for trace in figures(at)["Feature migration"]["data"] if trace.get("hoverinfo") != "skip"]
    want: dict[str, list[float]] = {row.series: [] for row in api.study_rows(one.id)}
    for row in api.study_rows(one.id):
        if row.quantity == "migration":
            want[row.series].append(row.value)
    assert {trace["name"]: trace["y"] for trace in drawn} == want
    assert not at.progress and {"Delete study and runs"} <= set(buttons(at)) and "Resume" not in buttons(at)


@pytest.mark.parametrize("name", [study["name"] for study in TABLE])
def test_every_study_has_a_page(visit: Open, add: Add, here: Workspace, name: str) -> None:
    make(here, add, name)
    at = visit("studies", id=STUDY)
    assert not at.exception and not errors(at) and headers(at) == [STUDIES[name].title]
    assert all(
        piece["label"].split(". ")[1] for piece in pieces(at, "live_chart") if "study-points" not in piece["label"]
    )


def test_a_running_study_can_be_stopped_and_shows_how_far_it_is(visit: Open, add: Add, here: Workspace) -> None:
    one = make(here, add, "stability", ["finished", "running", "queued"])
    at = visit("studies", id=STUDY)
    assert at.progress[0].text == f"{100 * one.progress:.0f} % of 3 runs" and "Stop" in buttons(at)
    at = button(at, "Stop").click().run()
    assert not at.exception and {run.state for run in api.list_runs()} <= {"finished", "stopping", "stopped"}


@pytest.mark.parametrize("address", [{}, {"id": STUDY}])
def test_opening_a_page_wakes_the_engine(
    visit: Open, add: Add, here: Workspace, monkeypatch: pytest.MonkeyPatch, address: dict[str, str]
) -> None:
    make(here, add, "mmd", ["queued"])
    woken: list[bool] = []
    monkeypatch.setattr(api, "ensure_supervisor", lambda: woken.append(True))
    visit("studies", **address)
    assert woken


def test_figures_keep_their_place_until_there_is_something(visit: Open, add: Add, here: Workspace) -> None:
    make(here, add, "stability", ["queued"] * 3)
    at = visit("studies", id=STUDY)
    assert len(at.get("skeleton")) == 1 and "The first run is on its way" in said(at) and "No numbers yet." in said(at)


def test_what_was_published_is_there_from_the_start(visit: Open, add: Add, here: Workspace) -> None:
    make(here, add, "ablation", ["queued"] * 12)
    at = visit("studies", id=STUDY)
    assert list(figures(at)) == ["Accuracy: published", "Iterations to the host's accuracy: published"]
    assert "at its own scale" in said(at)


def test_failed_runs_say_why_and_can_be_resumed(visit: Open, add: Add, here: Workspace) -> None:
    make(here, add, "stability", ["failed"], error="The loss is not a number; lower net lr.")
    at = visit("studies", id=STUDY)
    assert (
        "One run is missing" in errors(at)[0]
        and "**IDC**, seed 0: The loss is not a number; lower net lr." in errors(at)[0]
    )
    at = button(at, "Resume").click().run()
    assert not at.exception and api.get_study(STUDY).state == "running"


def test_a_deleted_run_is_missing_and_nothing_is_left_to_resume(visit: Open, add: Add, here: Workspace) -> None:
    api.delete(make(here, add, "stability").members[0].run_id)
    at = visit("studies", id=STUDY)
    assert not at.exception and "**IDC**, seed 0: Its run was deleted." in errors(at)[0]
    assert "Resume" not in buttons(at) and not at.progress and api.get_study(STUDY).state == "finished"
    assert "2 of 3 runs" in said(visit("studies"))


def test_the_score_of_a_pruned_set_is_that_of_its_networks(visit: Open, add: Add, here: Workspace) -> None:
    """And not that of the one image per class that such a run has to distil."""
    study = make(here, add, "pruning")
    results = {"distilled": [score(11.5)], "full": [score(93.5)]}
    with database.write(here) as session:
        session.execute(update(RunRow).where(RunRow.id == study.members[0].run_id).values(results=results))
    at = visit("studies", id=STUDY)
    at.session_state["study-tab"] = "Runs"
    at.run()
    epochs = api.get_run(study.members[0].run_id).config.full_epochs
    assert "93.5 %" in said(at) and "11.5 %" not in said(at) and f"-IDC, {epochs} epoch" in said(at)


@pytest.mark.parametrize(("epochs", "words"), [(1, ", 1 epoch."), (2, ", 2 epochs.")])
def test_one_epoch_is_one(epochs: int, words: str) -> None:
    assert studies_figures.tested({"IDC": {"name": "E-IDC", "epochs": epochs}}).endswith(words)


def test_images_from_another_place_are_named_and_compared(visit: Open, add: Add, here: Workspace) -> None:
    study = make(here, add, "cross-architecture", scale="paper")
    record.write(here, dataclasses.replace(study, id="57d1e5a1", settings={"data_dir": "/data/cifar10-jpeg.tar.xz"}))
    told = said(visit("studies", id="57d1e5a1"))
    assert "cifar10-jpeg.tar.xz”" in told and "at its own scale" not in told


def test_the_axis_says_over_how_many_steps_images_have_moved(visit: Open, add: Add, here: Workspace) -> None:
    one = make(here, add, "stability")
    every = api.get_run(one.members[0].run_id).config.migration_every
    axis = figures(visit("studies", id=STUDY))["Feature migration"]["layout"]["yaxis"]
    assert axis["title"]["text"] == f"Migration over d = {every:,} inner loops"


def test_a_refusal_is_a_sentence(visit: Open, add: Add, here: Workspace) -> None:
    one = make(here, add, "mmd", ["stopped"])
    at = visit("studies", id=STUDY)
    with database.write(here) as session:
        session.execute(update(RunRow).where(RunRow.id == one.members[0].run_id).values(state="finished"))
    at = button(at, "Resume").click().run()
    assert "can be resumed" in errors(at)[0] and not at.exception


def test_deleting_asks_and_takes_the_runs_along(visit: Open, add: Add, here: Workspace) -> None:
    make(here, add, "mmd")
    at = button(visit("studies", id=STUDY), "Delete study and runs").click().run()
    assert not at.exception and api.list_studies() == [] and api.list_runs() == []
    assert headers(at) == ["Studies"]


def test_numbers_are_a_table_to_take_away(visit: Open, add: Add, here: Workspace) -> None:
    make(here, add, "cross-architecture")
    at = visit("studies", id=STUDY)
    rows = api.study_rows(STUDY)
    (table,) = at.dataframe
    assert list(table.value["Series"]) == [row.series for row in rows]
    assert [round(v, 6) for v in table.value["Mean"]] == [round(row.value, 6) for row in rows]
    assert set(table.value["Source"]) == {"this study", "published"} and "Tested on" in table.value.columns
    lines = list(csv.DictReader(io.StringIO(studies_table.as_csv(rows))))
    assert [float(line["value"]) for line in lines] == [row.value for row in rows]
    assert [line["published"] for line in lines] == [str(int(row.published)) for row in rows]
    assert [line["std"] == "" for line in lines] == [math.isnan(row.std) for row in rows]


def test_its_runs_have_a_link_each(visit: Open, add: Add, here: Workspace) -> None:
    one = make(here, add, "along", ["finished", "running"])
    at = visit("studies", id=STUDY)
    assert {"IDC · seed 0", "DREAM · seed 0", "DREAM\\+ · seed 0"} <= set(links(at)) and not at.exception
    api.delete(one.members[0].run_id)
    at = visit("studies", id=STUDY)
    assert "IDC · seed 0 · deleted" in said(at) and not at.exception


# ---- what some studies show besides


def test_images_along_the_way_have_a_row_per_method(visit: Open, add: Add, here: Workspace) -> None:
    make(here, add, "along")
    at = visit("studies", id=STUDY, **{"class": "three"})
    (html,) = [one.value for one in at.html if 'class="along"' in one.value]
    assert html.count("<b>") == 3 and html.count("<img") == 12 and 'alt="DREAM+, step 40"' in html
    assert "of class “three”" in said(at)


def test_moments_are_steps_that_there_are() -> None:
    assert api.moments(range(0, 101, 10), 100) == [0, 10, 30, 60, 100]
    assert api.moments([0], 100) == [0] and api.moments([0, 50, 100], 1000) == [0, 100]


def test_the_picks_of_a_cell_are_asked_of_the_engine(visit: Open, add: Add, here: Workspace) -> None:
    make(here, add, "sampling")
    at = visit("studies", id=STUDY)
    at.selectbox(key="study-cell").set_value("DREAM+, 16 clusters x 2").run()
    asked = []
    while task := tasks.claim(here):
        asked.append((task.kind, task.params["clusters"], task.params["per_cluster"]))
        tasks.fail(here, task.id, "Not now.", "RunFailed")
    assert asked == [("sampling", 8, 1), ("sampling", 16, 2)]


def asked_points(visit: Open, add: Add, here: Workspace) -> tuple[AppTest, Any]:
    one = make(here, add, "distribution")
    at = visit("studies", id=STUDY)
    assert not at.exception and len(at.get("skeleton")) == 1
    task = tasks.claim(here)
    assert task is not None and task.kind == "distribution" and task.run_id == one.members[0].run_id
    assert task.params["other"] == one.members[1].run_id and task.params["method"] == "tsne"
    return at, task


def test_two_sets_are_shown_among_the_real_images(visit: Open, add: Add, here: Workspace) -> None:
    at, task = asked_points(visit, add, here)
    task.folder.mkdir(parents=True)
    arrays = {
        "points": np.random.default_rng(1).normal(size=(30, 2)).astype(np.float32),
        "group": np.repeat([0, 1, 2], 10),
    }
    safetensors.numpy.save_file(arrays, task.folder / "distribution.safetensors")
    tasks.finish(here, task.id, {"count": 10, "class": "nought", "first": "IDC", "other": "DREAM+"})
    at = at.run()
    names = [trace["name"] for trace in figures(at)["Synthetic images among real ones"]["data"]]
    assert (
        names == ["Real images of the class (10)", "IDC, synthetic (10)", "DREAM+, synthetic (10)"] and not at.exception
    )
    (task.folder / "distribution.safetensors").write_bytes(b"nonsense")
    studies_points.read.clear()
    assert "cannot be read back" in errors(at.run())[0]


def test_points_that_could_not_be_computed_are_a_sentence(visit: Open, add: Add, here: Workspace) -> None:
    at, task = asked_points(visit, add, here)
    tasks.fail(here, task.id, "Both runs must be about the same dataset.", "BadConfig")
    at = at.run()
    assert errors(at) == ["Both runs must be about the same dataset."] and "Try again" in buttons(at)

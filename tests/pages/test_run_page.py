"""One run's page in every state."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file
from sqlalchemy import delete
from streamlit.testing.v1 import AppTest

from app.charts.catalog import CHARTS, MACHINE
from app.parts import live, words
from app.parts.scores import LEVELS
from app.report.builds import FINISHED, WORKING, Builds, Look
from app.views.run import export, image_panel
from engine import api
from engine.errors import Damaged, WrongState
from engine.metrics.catalog import RATES
from engine.store import database, runs
from engine.store.states import LIVE, STATES
from engine.store.tables import MetricRow, TaskRow
from engine.store.workspace import Workspace
from tests.pages.screen import NAMES, Add, Open, button, buttons, cards, errors, figures, headers, links, pieces, said
from tests.pages.ticking import tick


def grid(at: AppTest) -> dict[str, Any]:
    """The images on show."""
    (found,) = pieces(at, "image_grid")
    return found


@pytest.mark.parametrize("state", STATES)
def test_every_state_is_shown_by_word_and_icon(visit: Open, add: Add, state: str) -> None:
    at = visit("run", id=add(state, step=0 if state == "queued" else 20))
    assert not at.exception and not at.error
    assert f": {state}]" in said(at) and ":material/" in said(at)
    live = state in LIVE
    assert ("Delete" in buttons(at)) is not live
    assert ({"Pause", "Stop"} <= set(buttons(at))) is (live and state != "stopping")
    assert ("Resume" in buttons(at)) is (not live and state != "finished")
    assert {"Clone", "Export"} <= set(buttons(at))


@pytest.mark.parametrize("run_id", ["deadbeef", "../../etc", "<script>", "DEADBEEF"])
def test_an_unknown_run_is_said_kindly(visit: Open, run_id: str) -> None:
    at = visit("run", id=run_id)
    assert not at.exception and not at.error
    assert headers(at)[0].startswith("There is no run")
    assert links(at) == ["All runs", "New run"]


USUAL = [chart for name, chart in CHARTS.items() if name != "accuracy.seen"]  # that one is of class-incremental runs


def test_a_coreset_has_chosen_images_and_no_curves(visit: Open, add: Add) -> None:
    run_id = add("finished", given={"recipe": "herding", "outer": 0, "factor": 1, "full_epochs": 0}, phase="")
    at = visit("run", id=run_id)
    assert [metric.label for metric in at.metric] == ["Chosen images", "Random real images"] and not at.exception
    assert not figures(at) and "nothing is matched" in said(at) and "0 inner loops" not in said(at)


def test_a_class_incremental_run_shows_the_accuracy_on_classes_seen(visit: Open, add: Add) -> None:
    at = visit("run", id=add("running", given={"increments": 5}))
    assert "Accuracy on classes seen" in said(at) and "Feature migration" not in said(at)
    assert [metric.label for metric in at.metric] == ["Distilled images", "Random real images", "Full training set"]


def test_without_a_run_the_way_to_the_list_is_shown(visit: Open) -> None:
    at = visit("run")
    assert headers(at)[0] == "Choose a run to look at" and not at.exception


def test_before_the_first_values_their_places_are_kept(visit: Open, add: Add) -> None:
    at = visit("run", id=add("queued"))
    assert len(cards(at, drawn=False)) == len(USUAL) and len(at.get("skeleton")) == 1, "every figure, and the images"
    assert [metric.value for metric in at.metric] == ["–"] * 4


def test_a_live_run_shows_progress_curves_and_images(visit: Open, add: Add) -> None:
    at = visit(
        "run", id=add("running", step=20, eta=72.0, device="CPU", phase="distilling", phase_done=20, phase_total=40)
    )
    assert [bar.text for bar in at.progress] == [
        "Distilling · 20 / 40 loops · 21.0 loops/s · 21 % of the CPU · 1:12 left"
    ]
    assert [bar.value for bar in at.progress] == [50]
    assert set(figures(at)) == {chart.title for chart in USUAL}
    (control,) = pieces(at, "steps")
    assert [control[name] for name in ("ranges", "shown", "newest", "total")] == [[[0, 10, 3]], 20, True, 40]
    assert [group["name"] for group in grid(at)["groups"]] == list(NAMES) and grid(at)["step"] == 20


def test_a_finished_run_shows_its_accuracy_beside_the_others(visit: Open, add: Add) -> None:
    scores = {what: [{"network": "convnet", "accuracies": list(a), "protocol": {"epochs": 300}}]
              for what, a in {"distilled": (95.0, 97.0), "initial": (90.0,), "random": (70.0, 72.0), "full": (99.0,)}.items()}  # fmt: skip
    at = visit("run", id=add("finished", step=40, results=scores))
    assert [(m.label, m.value) for m in at.metric] == [
        ("Distilled images", "96.0 %"), ("Before distilling", "90.0 %"), ("Random real images", "71.0 %"), ("Full training set", "99.0 %"),
    ]  # fmt: skip
    notes = [note["text"] for note in figures(at)["Accuracy"]["layout"]["annotations"]]
    assert notes == ["Full data 99.0 %", "Random 71.0 %"]
    assert not at.progress and "40 inner loops in 1:01" in said(at)
    assert "Epochs" in said(at), "the protocol"


def test_a_published_figure_is_labelled(visit: Open, add: Add) -> None:
    at = visit("run", id=add("queued", given={"dataset": "cifar10", "ipc": 10}))
    published = {f.method: f.accuracy for f in api.published(api.list_runs()[0].config)}["DREAM+"]
    assert [(m.label, m.value) for m in at.metric][-1] == ("Published DREAM+", f"{published:.1f} %")


def test_a_failed_run_says_why(visit: Open, add: Add) -> None:
    at = visit("run", id=add("failed", step=10, error="Not enough GPU memory; lower width, then resume."))
    assert errors(at) == ["Not enough GPU memory; lower width, then resume."] and not at.exception


@pytest.mark.parametrize(
    ("asked", "shown"), [("0", 0), ("12", 10), ("999", 40), ("nonsense", 40), ("-3", 40), ("9" * 40, 40)]
)
def test_the_step_is_in_the_address(visit: Open, add: Add, asked: str, shown: int) -> None:
    at = visit("run", id=add("finished", step=40), step=asked)
    assert not at.exception and pieces(at, "steps")[0]["shown"] == shown


def test_a_chosen_step_is_marked_in_the_curves(visit: Open, add: Add) -> None:
    at = visit("run", id=add("finished", step=40), step="20")
    cursors = [figure["layout"]["meta"]["cursor"] for figure in figures(at).values()]
    assert len(cursors) == len(USUAL) and all(
        (c["step"], c["steps"], c["at"]) == (20, [0, 40], [0, 40]) for c in cursors
    )


@pytest.mark.parametrize(
    ("x", "title", "at_20"), [("Seconds", "Work time [s]", 20.0), ("Outer iterations", "Outer iterations", 1.0)]
)
def test_curves_and_cursor_follow_the_axis(visit: Open, add: Add, x: str, title: str, at_20: float) -> None:
    at = visit("run", id=add("finished", step=40), step="20", x=x, smooth="None", log="true")
    layout = figures(at)["Gradient loss"]["layout"]
    cursor = layout["meta"]["cursor"]
    assert not at.exception and layout["xaxis"]["title"]["text"] == title and layout["yaxis"]["type"] == "log"
    assert np.interp(20, cursor["steps"], cursor["at"]) == at_20
    assert (
        np.interp(20, figures(at)["Gradient loss"]["data"][0]["y"], figures(at)["Gradient loss"]["data"][0]["x"]) < 40
    )


def test_a_second_look_sends_no_figure_again(visit: Open, add: Add, here: Workspace) -> None:
    run_id = add("running", step=20)
    at = visit("run", id=run_id)
    assert all("figure" in piece for piece in cards(at))
    first = {piece["key"]: piece["version"] for piece in cards(at)}
    with database.write(here) as session:
        session.add(MetricRow(run_id=run_id, step=30, name="loss.gradient", value=7.0, seconds=30.0))
    at = at.run()
    sent = {piece["key"]: piece for piece in cards(at)}
    changed = sent[f"chart-{run_id}-loss.gradient"]
    assert not any("figure" in piece for piece in sent.values()), "patches only"
    assert (
        changed["chain"][-1][:2] == [first[changed["key"]], changed["version"]]
        and '"s":[3,0,[7.0]]' in changed["chain"][-1][2]
    )
    assert all(not piece["chain"] for piece in cards(at.run().run())), "without news nothing"


@pytest.mark.parametrize("view", ["Stored", "Decoded", "Difference"])
def test_every_view_shows_all_classes(visit: Open, add: Add, view: str) -> None:
    at = visit("run", id=add("finished", step=40), view=view)
    assert not at.exception and len(grid(at)["groups"]) == 10
    assert grid(at)["groups"][0]["tiles"] == (4 if view == "Decoded" else 1)


def test_the_difference_is_to_any_step(visit: Open, add: Add) -> None:
    run_id = add("finished", step=40)
    assert "Difference from step 0." in said(visit("run", id=run_id, view="Difference"))
    at = visit("run", id=run_id, view="Difference").selectbox(key="base").set_value(20).run()
    assert "Difference from step 20." in said(at) and not at.exception


def test_nearest_real_images_are_asked_of_the_engine(visit: Open, add: Add, here: Workspace) -> None:
    from engine.runner import lab
    from engine.store import tasks

    run_id = add("finished", step=40)
    at = visit("run", id=run_id, view="Nearest real", image="3-0")
    task = tasks.claim(here)
    assert task is not None and (task.kind, task.params) == ("nearest", {"step": 40})
    lab.perform(here, task)
    at = at.run()
    assert not at.exception and grid(at)["what"] == "nearest real"
    assert "L2 distances from" in said(at) and "L2 distance " in said(at), "below the images, and in the closer look"


def test_an_image_is_looked_at_closely_by_its_address(visit: Open, add: Add) -> None:
    run_id = add("finished", step=40)
    at = visit("run", id=run_id, image="3-0", step="20")
    words_said = said(at)
    assert not at.exception and "step 0, the initialisation" in words_said and "step 40, the newest" in words_said
    assert "Nearest real image" in words_said
    for nonsense in ("x", "99-0", "3-99", "3-0-1", "٣-0"):
        assert "Nearest real image" not in said(visit("run", id=run_id, image=nonsense))


def test_the_embedding_is_asked_of_the_engine(visit: Open, add: Add, here: Workspace) -> None:
    from engine.store import tasks

    run_id = add("finished", step=40)
    at = visit("run", id=run_id, tab="Embedding", **{"class": "three"})
    task = tasks.claim(here)
    assert task is not None and (task.kind, task.params) == ("path", {"label": 3}) and not at.exception
    way: dict[str, Any] = {"points": np.zeros((5, 2), np.float32), "images": np.zeros((5, 1, 16, 16), np.uint8), "steps": np.array([0, 40]),
           "synthetic": np.ones((2, 4, 2), np.float32)}  # fmt: skip
    task.folder.mkdir(parents=True, exist_ok=True)
    save_file(way, task.folder / "path.safetensors")
    tasks.finish(here, task.id, {"count": 5, "class": "three", "steps": 2, "newest": 40})
    at = at.run()
    names = [
        trace["name"]
        for trace in figures(at)["Synthetic images among the real ones, class three"]["data"]
        if "name" in trace
    ]
    assert names == ["Real images (5)", "Where they began (4)", "Synthetic images (4)"]


def test_tags_and_note_are_kept(visit: Open, add: Add) -> None:
    run_id = add("finished", step=40)
    at = visit("run", id=run_id)
    at.text_area(key=f"note-{run_id}").set_value("For *the* talk").run()
    at = at.button(key="save-notes").click().run()
    assert api.get_run(run_id).note == "For *the* talk" and "For *the* talk" in said(at) and not at.exception
    at = button(at, "Pin").click().run()
    assert api.get_run(run_id).pinned and "Unpin" in buttons(at) and "pinned" in said(at)


def test_who_may_only_look_gets_no_button_that_changes(visit: Open, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = add("paused", step=20)
    monkeypatch.setenv("DISTILLERY_READONLY", "1")
    at = visit("run", id=run_id)
    assert not at.exception
    assert not {"Pause", "Stop", "Resume", "Clone", "Delete", "Rename", "Save", "Pin"} & set(buttons(at))
    assert {"Compare", "Present"} <= set(buttons(at))


def test_many_classes_come_in_pages(visit: Open, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_panel, "CLASSES_PER_PAGE", 4)
    at = visit("run", id=add("finished", step=40))
    first = [group["name"] for group in grid(at)["groups"]]
    at = at.pagination(key="class-page").set_value(3).run()
    last = [group["name"] for group in grid(at)["groups"]]
    assert first == list(NAMES[:4]) and last == list(NAMES[8:])


def test_buttons_show_their_request_at_once(visit: Open, add: Add) -> None:
    at = visit("run", id=add("running", step=20))
    at = button(at, "Pause").click().run()
    assert ": stopping]" in said(at) and not at.exception
    assert "Pause" not in buttons(at) and "Stop" not in buttons(at)


def test_a_queued_run_stops_at_once_and_can_be_resumed(visit: Open, add: Add) -> None:
    at = button(visit("run", id=add("queued")), "Stop").click().run()
    assert ": stopped]" in said(at)
    at = button(at, "Resume").click().run()
    assert ": queued]" in said(at) and not at.exception


def test_a_refused_button_is_a_sentence(visit: Open, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: str) -> None:
        raise WrongState("The run ended a moment ago; reload the page.")

    monkeypatch.setattr(api, "stop", refuse)
    at = button(visit("run", id=add("running", step=20)), "Stop").click().run()
    assert "The run ended a moment ago; reload the page." in errors(at) and not at.exception


def test_a_run_can_be_renamed(visit: Open, add: Add) -> None:
    run_id = add("finished", step=40)
    at = visit("run", id=run_id)
    at.text_input(key="run-name").set_value("Better *name*").run()
    at = button(at, "Rename").click().run()
    assert api.get_run(run_id).name == "Better *name*" and not at.exception
    at.text_input(key="run-name").set_value("   ").run()
    at = button(at, "Rename").click().run()
    assert "The new name is empty" in errors(at)[0]


def test_settings_tell_what_differs_from_the_recipe(visit: Open, add: Add) -> None:
    at = visit("run", id=add("finished", step=40), tab="Settings")
    (table,) = [e.value for e in at.html if '<div class="sheet"' in e.value]
    assert "class=marked><td>outer</td><td>2</td>" in table and "settings differ" in said(at)


def test_the_log_is_text(visit: Open, add: Add) -> None:
    at = visit("run", id=add("finished", step=40), tab="Log")
    assert "The run starts on <b>CPU</b>." in at.code[0].value and not at.exception


def machine(at: AppTest) -> dict[str, tuple[str, str]]:
    """The row of figures of the machine tab: title -> value and what it is taken over."""
    return {m.label: (m.value, m.delta) for m in at.metric if m.label not in {level.title for level in LEVELS}}


def test_the_machine_tab_of_a_live_run_shows_what_was_measured_last(visit: Open, add: Add) -> None:
    at = visit("run", id=add("running", step=20, device="CPU"), tab="Machine")
    config = api.list_runs()[0].config
    images, tflop = (RATES[name].per_loop(config, 10) for name in ("images", "arithmetic"))
    assert images is not None and tflop is not None and not at.exception
    assert machine(at) == {
        "Speed": ("21.0 loops/s", "last 10 loops"),
        "Throughput": (f"{21 * images:,.0f} images/s", "last 10 loops"),
        "Arithmetic": (words.arithmetic_rate(21 * tflop), "last 10 loops"),
        "Utilisation": ("21 %", "CPU, last 10 loops"),
        "Memory": ("21 MB", "peak so far"),
    }
    assert {"Speed", "Utilisation"} <= set(figures(at))


def test_the_machine_tab_of_an_ended_run_shows_the_median(visit: Open, add: Add) -> None:
    shown = machine(visit("run", id=add("finished", step=40, device="NVIDIA H100"), tab="Machine"))
    assert shown["Speed"] == ("21.0 loops/s", "median of the run")
    assert shown["Utilisation"] == ("21 %", "GPU, median of the run")
    assert shown["Memory"] == ("41 MB", "peak")


def test_the_machine_tab_keeps_places_before_the_first_values(visit: Open, add: Add) -> None:
    at = visit("run", id=add("running"), tab="Machine")
    titles = ("Speed", "Throughput", "Arithmetic", "Utilisation", "Memory")
    assert machine(at) == dict.fromkeys(titles, ("–", "measuring")) and not at.exception
    assert len(cards(at, drawn=False)) == len(USUAL) + len(MACHINE), "every figure keeps its place"
    stopped = machine(visit("run", id=add("stopped"), tab="Machine"))
    assert stopped == dict.fromkeys(titles, ("–", "not measured"))


def test_arithmetic_is_left_out_where_nobody_counts_it(visit: Open, add: Add) -> None:
    resnet = machine(visit("run", id=add("running", step=20, given={"network": "resnet18"}), tab="Machine"))
    assert "Arithmetic" not in resnet and resnet["Throughput"][0].endswith(" images/s")
    folder = add("running", step=20, given={"dataset": "folder", "data_dir": "/somewhere"})
    shown = machine(visit("run", id=folder, tab="Machine"))
    assert "Arithmetic" not in shown and shown["Throughput"][0] != "–", "its classes are known from the data"


def test_runs_from_before_utilisation_was_recorded_are_shown(visit: Open, add: Add, here: Workspace) -> None:
    run_id = add("finished", step=40)
    with database.write(here) as session:
        session.execute(delete(MetricRow).where(MetricRow.name == "utilisation"))
    at = visit("run", id=run_id, tab="Machine")
    assert machine(at)["Utilisation"] == ("–", "not measured") and not at.exception


def test_a_phase_nobody_counts_is_shown_in_its_own_words(visit: Open, add: Add) -> None:
    phase = "preparing the fast loops, once on this machine"
    at = visit("run", id=add("running", phase=phase, phase_done=0, phase_total=1))
    (text,) = (bar.text for bar in at.progress)
    assert text == "Preparing the fast loops, once on this machine · 0 / 40 loops · time left: measuring"


def test_export_asks_the_engine_and_shows_the_file(visit: Open, add: Add, here: Workspace) -> None:
    from engine.runner import lab
    from engine.store import tasks

    run_id = add("finished", step=40)
    at = visit("run", id=run_id)
    at = at.button(key="export-go").click().run()
    task = tasks.claim(here)
    assert task is not None and (task.kind, task.params) == ("export", {"format": "npz"})
    lab.perform(here, task)
    at = at.run()
    assert str(here.run(run_id).export / "data.npz") in said(at) and not at.exception


def exporting(visit: Open, add: Add) -> AppTest:
    """A run's page with an export on its way."""
    at = visit("run", id=add("finished", step=40)).button(key="export-go").click().run()
    assert [bar.text for bar in at.progress] == ["Waiting for the engine"] and not at.exception
    return at


def test_every_format_of_the_engine_is_offered_with_a_title(visit: Open, add: Add) -> None:
    at = visit("run", id=add("finished", step=40))
    assert list(at.selectbox(key="export-format").options)[: len(api.EXPORTS)] == [
        export.TITLES[f] for f in api.EXPORTS
    ]


def test_an_export_that_is_gone_while_its_clock_ticks_is_a_sentence(visit: Open, add: Add, here: Workspace) -> None:
    at = exporting(visit, add)
    with database.write(here) as session:
        session.execute(delete(TaskRow))
    at = tick(at, "export-task")
    assert not at.exception and not at.progress and export.GONE in said(at)


def test_an_export_that_was_stopped_says_so(visit: Open, add: Add, here: Workspace) -> None:
    at = exporting(visit, add)
    api.stop_task(api.live_tasks()[0].id)
    at = tick(at, "export-task")
    assert errors(at) == ["The export was stopped; ask for it again."] and not at.progress and not at.exception


def test_a_database_that_fails_while_a_clock_ticks_is_a_sentence(
    visit: Open, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = exporting(visit, add)

    def fails(_: str) -> None:
        raise Damaged("The database cannot be read.")

    monkeypatch.setattr(api, "task", fails)
    at = tick(at, "export-task")
    assert errors(at) == ["The database cannot be read."] and not at.exception


@pytest.mark.parametrize("whole", [True, False])
def test_a_file_that_is_gone_while_its_clock_ticks_is_a_sentence(
    visit: Open, add: Add, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, whole: bool
) -> None:
    """Deleted between the look at it and the button, or not kept any more at all."""
    looks: list[Look | None] = [Look(WORKING, "drawing", 1, 2, tmp_path / "file.html")]
    monkeypatch.setattr(Builds, "ask", lambda *_: "key")
    monkeypatch.setattr(Builds, "look", lambda *_: looks[0])
    at = visit("run", id=add("finished", step=40))
    at = at.selectbox(key="export-format").set_value("html").run()
    at = at.button(key="export-go").click().run()
    assert [bar.text for bar in at.progress] == ["Drawing"] and not at.exception
    looks[0] = Look(FINISHED, "", 2, 2, tmp_path / "file.html") if whole else None
    at = tick(at, "export-file")
    assert not at.exception and export.GONE in said(at)


def test_one_setting_that_differs_is_no_plural(visit: Open, add: Add) -> None:
    usual = api.get_run(add("finished")).config.usual().to_dict()
    run_id = add("finished", given=usual)
    assert set(api.get_run(run_id).config.departures()) == {"ipc"}
    at = visit("run", id=run_id, tab="Settings")
    assert "**1 setting differs** from" in said(at) and "it is marked" in said(at)


def test_a_run_deleted_elsewhere_is_said_kindly(visit: Open, add: Add, here: Workspace) -> None:
    run_id = add("finished", step=40)
    at = visit("run", id=run_id)
    runs.set_deleted(here, run_id, deleted=True)
    at.run()
    assert headers(at)[0].startswith("There is no run") and not at.exception


def test_what_stands_still_is_made_anew_when_it_changes(add: Add) -> None:
    """The header shows all of these, and does not tick; what ticks anyway asks for nothing more."""
    run = api.get_run(add("running", step=20))
    seldom: dict[str, Any] = {"state": "stopping", "name": "B", "device": "GPU 1", "pinned": True, "tags": ("a",), "note": "n", "error": "e",
              "results": {"distilled": ()}, "seconds": live.YOUNG - 1}  # fmt: skip
    for field, value in seldom.items():
        assert live.seldom(replace(run, **{field: value})) != live.seldom(run), field
    assert live.seldom(replace(run, step=21, eta=3.0, phase="evaluating", phase_done=1)) == live.seldom(run)

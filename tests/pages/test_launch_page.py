"""The form of a new run: presets, what follows from what, errors beside their field, what is launched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import delete, update
from streamlit.testing.v1 import AppTest

from app.parts import own_images as adding
from app.views.launch import draft, fields, method, own_images
from engine import api
from engine.config import SECTIONS, SETTINGS, build
from engine.errors import BadConfig, RunFailed
from engine.presets import PRESETS
from engine.runner import lab
from engine.store import database, tasks
from engine.store.tables import TaskRow
from engine.store.workspace import Workspace
from tests.pages.launch_screen import field, fold, listed, noted, unfold, unfolded, vary, vary_or_not
from tests.pages.screen import Add, Open, button, buttons, errors, figures, said, unescaped
from tests.pages.ticking import tick


def test_every_setting_has_its_field(visit: Open) -> None:
    at = visit("launch")
    assert not at.exception
    for name in SETTINGS:
        assert field(at, name).label == draft.label(name)


def test_it_starts_with_the_demo(visit: Open) -> None:
    at = visit("launch")
    config = build({}, preset="digits-demo")
    assert {name: field(at, name).value for name in ("dataset", "ipc", "width")} == {
        "dataset": "digits",
        "ipc": 1,
        "width": config.width,
    }
    assert "one image per class" in said(at)


def test_a_preset_fills_the_form(visit: Open) -> None:
    at = visit("launch")
    for preset in reversed(PRESETS):
        at = at.button(key=f"preset-{preset}").click().run()
        config = build(PRESETS[preset].settings, check=False)
        assert not at.exception
        assert {name: field(at, name).value for name in SETTINGS} == config.to_dict()
        assert at.query_params["preset"] in (preset, [preset])


def test_another_dataset_refills_what_depends_on_it(visit: Open) -> None:
    at = field(visit("launch"), "dataset").set_value("mnist").run()
    config = build({"dataset": "mnist", "ipc": 1}, check=False)
    assert {n: field(at, n).value for n in ("metric", "width", "net_cutmix", "outer")} == {
        "metric": "l1", "width": config.width, "net_cutmix": 0.0, "outer": config.outer,
    }  # fmt: skip


def test_errors_stand_beside_their_field_and_hold_the_launch_back(visit: Open) -> None:
    at = field(visit("launch"), "ipc").set_value(400).run()
    expected = draft.problems({"dataset": "digits", "recipe": "dream+", "ipc": 400})["ipc"]
    (beside,) = at.container(key="field-ipc").markdown
    assert unescaped(beside.value) == f":red[:material/error: {expected}]"
    assert "Launch" not in buttons(at) and "To mend first: ipc [images]." in said(at)
    at = field(at, "ipc").set_value(1).run()
    assert "Launch" in buttons(at) and "To mend" not in said(at)


def test_what_only_the_engine_can_know_comes_back_to_the_field(visit: Open, tmp_path: Any) -> None:
    at = field(visit("launch"), "dataset").set_value("folder").run()
    at = field(at, "data_dir").set_value(str(tmp_path / "nowhere")).run()
    at = button(at, "Launch").click().run()
    assert "does not exist" in said(at) and not at.exception
    assert api.list_runs() == []
    at = field(at, "data_dir").set_value("").run()
    assert "does not exist" not in said(at)


def test_a_gpu_where_there_is_none(visit: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise BadConfig({"device": "There is no GPU here; use device=cpu."})

    monkeypatch.setattr(api, "launch", refuse)
    at = fold(visit("launch", device="cuda"), "Machine")
    assert unfolded(at) == []
    at = button(at, "Launch").click().run()
    assert "There is no GPU here" in said(at)
    assert unfolded(at) == ["Machine"] and noted(at) == ["1 to mend"]


def test_what_is_shown_is_what_is_launched(visit: Open) -> None:
    at = field(visit("launch"), "seed").set_value(11).run()
    at = field(at, "ipc").set_value(10).run()
    at.text_input(key="launch-name").set_value("Ten of each").run()
    at = button(at, "Launch").click().run()
    (run,) = api.list_runs()
    assert not at.exception and at.query_params["id"] == run.id
    assert (run.name, run.config) == (
        "Ten of each",
        build({"dataset": "digits", "recipe": "dream+", "ipc": 10, "seed": 11}),
    )
    assert run.preset == "", "settings of one's own are no preset any more"


def test_an_untouched_preset_is_remembered(visit: Open) -> None:
    button(visit("launch"), "Launch").click().run()
    assert [(run.preset, run.config) for run in api.list_runs()] == [("digits-demo", build({}, preset="digits-demo"))]


def test_a_clone_brings_everything_along(visit: Open, add: Add) -> None:
    run_id = add("finished", step=40, given={"seed": 5, "width": 16, "augment": "flip"})
    at = visit("launch", **{"from": run_id})
    config = api.get_run(run_id).config
    assert {name: field(at, name).value for name in SETTINGS} == config.to_dict()
    assert "Unlike DREAM+ on Digits by itself:" in said(at)
    at = button(at, "Back to the usual settings").click().run()
    assert field(at, "seed").value == 0 and not at.exception


def test_a_clone_keeps_the_preset_that_made_it_alone(visit: Open, add: Add) -> None:
    for given, kept in (({}, "digits-demo"), ({"seed": 5}, "")):
        run = api.launch(given, preset="digits-demo")
        button(visit("launch", **{"from": run.id}), "Launch").click().run()
        newest = api.list_runs()[0]
        assert (newest.preset, newest.config) == (kept, run.config) and newest.id != run.id


def test_a_clone_of_nothing_is_a_sentence(visit: Open) -> None:
    at = visit("launch", **{"from": "deadbeef"})
    assert "There is no run 'deadbeef'" in errors(at)[0] and not at.exception
    assert "Launch" in buttons(at)


def test_published_figures_and_cost_come_before_the_launch(visit: Open) -> None:
    at = visit("launch", preset="cifar10-dream+")
    assert "DREAM+" in figures(at)["Published accuracies"]["data"][0]["y"]
    assert {m.label for m in at.metric} == {"Time, about", "Memory, about"}
    assert "Nothing was published for Digits" in said(visit("launch"))


def test_memory_is_told_in_the_units_that_it_is_estimated_in(visit: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those are of 10^6 bytes; for one run and for a sweep."""
    monkeypatch.setattr(api, "estimate", lambda _: api.Estimate(60.0, 10_000.0, "guesswork"))
    monkeypatch.setattr(api, "free_memory", lambda _: 9_990.0)
    at = visit("launch")
    assert {m.label: m.value for m in at.metric}["Memory, about"] == "10.0 GB"
    assert ["Only 10.0 GB" in w.value for w in at.warning] == [True]
    plan = api.plan_sweep
    monkeypatch.setattr(api, "plan_sweep", lambda *args, **more: plan(*args, **more)._replace(memory_mb=20_000.0))
    at = vary(at, "seed", "0-1")
    assert {m.label: m.value for m in at.metric}["Memory, about"] == "20.0 GB" and not at.exception


@pytest.mark.parametrize(("free", "warned"), [(500.0, True), (50_000.0, False), (None, False)])
def test_too_little_memory_is_said_before_the_launch(
    visit: Open, monkeypatch: pytest.MonkeyPatch, free: float | None, warned: bool
) -> None:
    monkeypatch.setattr(api, "free_memory", lambda _: free)
    at = visit("launch")
    assert ["Only 500 MB" in w.value for w in at.warning] == [True] * warned and "Launch" in buttons(at)


def tables(at: AppTest) -> str:
    return "\n".join(element.value for element in at.html if "<table" in element.value)


def test_switches_and_the_recipe_follow_each_other(visit: Open) -> None:
    at = visit("launch")
    assert [at.toggle(key=f"switch-{name}").value for name in method.SWITCHES] == [True, True, True]
    at = at.toggle(key="switch-bm").set_value(False).run()
    assert field(at, "recipe").value == "dream" and field(at, "objective").value == "gradient"
    at = at.toggle(key="switch-init").set_value(False).run()
    assert (
        field(at, "recipe").value == fields.COMBINED and "IDC + RM" in said(at) and "no paper has named it" in said(at)
    )
    at = at.toggle(key="switch-rm").set_value(False).run()
    assert field(at, "recipe").value == "idc"
    at = field(at, "recipe").set_value("dc-dream+").run()
    assert [at.toggle(key=f"switch-{name}").value for name in method.SWITCHES] == [True, True, True]
    assert field(at, "host").value == "dc" and field(at, "metric").value == "cosine"
    at = field(at, "host").set_value("coreset").run()
    assert all(at.toggle(key=f"switch-{name}").disabled for name in method.SWITCHES)
    at = field(at, "init").set_value("herding").run()
    assert field(at, "recipe").value == "herding" and not at.exception


def test_a_sweep_is_looked_at_then_queued_whole(visit: Open) -> None:
    at = vary(visit("launch"), "recipe", ["idc", "dream+"])
    at = vary(at, "seed", "0-2")
    assert not at.exception and "6 runs, one for each combination of recipe (2) and seed (3)." in said(at).replace(
        "**", ""
    )
    assert {m.label: m.value for m in at.metric}["Runs"] == "6"
    assert "<td>idc, dream+</td>" in tables(at) and "IDC on Digits, ipc 1 · seed 0" in tables(at)
    assert api.list_runs() == [], "looking queues nothing"
    at.text_input(key="launch-name").set_value("Night")
    at = button(at.run(), "Queue 6 runs").click().run()
    runs = api.list_runs()
    assert not at.exception and len(runs) == 6 and all(run.name.startswith("Night · recipe ") for run in runs)
    (tag,) = {tag for run in runs for tag in run.tags}
    assert at.query_params["tags"] in (tag, [tag]) and at.query_params["grouped"] in ("true", ["true"])


def test_every_setting_takes_a_list_and_gives_it_back(visit: Open) -> None:
    at = visit("launch")
    for name in ("ipc", "augment", "eval_networks", "init", "image_lr"):
        before = field(at, name).value
        at = vary_or_not(at, name)
        assert not at.exception and "Queue" not in " ".join(buttons(at)), "one value is one run"
        at = vary_or_not(at, name)
        assert field(at, name).value == before
    assert {f"vary-{name}" for name in SETTINGS} <= {one.key for one in unfold(at, *SECTIONS).button}


def test_the_first_of_a_list_stays_when_it_is_one_value_again(visit: Open) -> None:
    at = vary_or_not(vary(visit("launch"), "width", "8, 16"), "width")
    assert field(at, "width").value == 8


@pytest.mark.parametrize(
    ("name", "typed", "says"),
    [
        ("ipc", "1, x", "ipc must be a whole number, got 'x'."),
        ("seed", "0-200", "at most 200"),
        ("ipc", "1, 400", "ipc 400: ipc 400 x factor 2^2"),
        ("clusters", "", "no value"),
    ],
)
def test_a_list_that_cannot_be_run_says_so_beside_it(visit: Open, name: str, typed: str, says: str) -> None:
    at = vary(visit("launch"), name, typed)
    (beside,) = [m.value for m in at.container(key=f"field-{name}").markdown]
    assert says in unescaped(beside) and not at.exception
    assert f"To mend first: {draft.label(name)}" in said(at)
    assert not any(label.startswith(("Launch", "Queue")) for label in buttons(at))


def test_a_sweep_over_devices_that_are_not_there(visit: Open) -> None:
    at = vary(visit("launch"), "device", "cpu, cuda:77")
    assert "cuda:77" in said(at) and not at.exception
    assert api.list_runs() == []


def test_the_address_says_what_is_set_and_brings_it_back(visit: Open) -> None:
    at = visit("launch")
    assert dict(at.query_params) == {}, "nothing was changed yet"
    at = vary(field(at, "width").set_value(16).run(), "seed", "0, 3")
    asked = dict(at.query_params.items())
    assert asked["width"] in ("16", ["16"]) and asked["seed"] == ["0", "3"]
    again = visit("launch", **asked)
    assert field(again, "width").value == 16 and listed(again, "seed").value == "0, 3"
    assert "Queue 2 runs" in buttons(again)
    (shared,) = [code.value for code in again.code if "launch?" in code.value]
    assert "seed=0&seed=3" in shared and "width=16" in shared


def test_a_hostile_address_is_refused_in_words_and_the_rest_kept(visit: Open) -> None:
    at = visit("launch", width="99999", recipe="<b>x</b>", bogus="1", ipc="2", seed=["1", "-4"])
    assert not at.exception and len(errors(at)) == 4
    assert (field(at, "ipc").value, field(at, "seed").value, field(at, "recipe").value) == (2, 1, "dream+")
    at = field(at, "ipc").set_value(3).run()
    assert errors(at) == [] and "bogus" not in at.query_params, "told once something else is said"


def test_read_only_shows_and_launches_nothing(visit: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTILLERY_READONLY", "1")
    at = visit("launch")
    assert "Launch" not in buttons(at) and "only shows" in said(at)
    at = vary(at, "seed", "0-1")
    assert "Queue 2 runs" not in buttons(at) and {m.label for m in at.metric} >= {"Runs"} and not at.exception
    at = at.button(key="preset-own").click().run()
    assert not at.exception and "Add and look inside" not in buttons(at)


def test_every_card_has_a_picture_or_words_for_it(visit: Open) -> None:
    pictures = [
        element.value for element in visit("launch").html if element.value.startswith('<div class="preset-picture')
    ]
    assert len(pictures) == 8
    assert sum('alt="Ten training images of' in picture for picture in pictures) == 3
    assert all("data:image/png;base64," in picture or "words" in picture for picture in pictures)


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    """A folder of one's own: two classes, uneven."""
    draw = np.random.default_rng()
    for name, count in (("cat & <b>", 3), ("dog", 40)):
        (tmp_path / "mine" / name).mkdir(parents=True)
        for i in range(count):
            pixels = draw.integers(0, 256, (12, 12, 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / "mine" / name / f"{i}.png")
    return tmp_path / "mine"


def test_ones_own_folder_from_path_to_preview(visit: Open, here: Workspace, photographs: Path) -> None:
    at = visit("launch").button(key="preset-own").click().run()
    assert field(at, "dataset").value == "folder" and "Launch" not in buttons(at)
    at = at.text_input(key="own-path-0").set_value(str(photographs)).run()
    at = button(at, "Add and look inside").click().run()
    assert not at.exception and [one.name for one in api.own_datasets()] == ["mine"]
    assert field(at, "dataset").value == "own: mine" and field(at, "data_dir").value == str(photographs)
    look = api.inspection("folder", str(photographs))
    assert look is not None and look.state == "queued"
    task = tasks.claim(here)
    assert task is not None
    lab.perform(here, task)
    at = at.run()
    seen = "\n".join(element.value for element in at.html)
    assert "<span>cat &amp; &lt;b&gt;</span>" in seen and "Samples of each class" in seen
    assert "2 classes" in said(at) and any("uneven" in warning.value for warning in at.warning)
    at = field(at, "dataset").set_value("digits").run()
    assert field(at, "data_dir").value == "" and not at.exception
    at = field(at, "dataset").set_value("own: mine").run()
    assert field(at, "data_dir").value == str(photographs)


def test_images_are_used_when_the_look_inside_cannot_begin(
    visit: Open, photographs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise RunFailed("The engine cannot be started.")

    at = visit("launch").button(key="preset-own").click().run()
    at = at.text_input(key="own-path-0").set_value(str(photographs)).run()
    with monkeypatch.context() as patch:
        patch.setattr(api, "inspect_dataset", refuse)
        at = button(at, "Add and look inside").click().run()
    assert not at.exception and errors(at) == ["The engine cannot be started."]
    assert field(at, "dataset").value == "own: mine" and "Look inside" in buttons(at)


def test_a_look_inside_that_is_gone_while_its_clock_ticks_can_be_asked_for_again(
    visit: Open, here: Workspace, photographs: Path
) -> None:
    at = visit("launch", dataset="folder", data_dir=str(photographs))
    at = button(at, "Look inside").click().run()
    assert "Look inside" not in buttons(at) and len(at.progress) == 1
    with database.write(here) as session:
        session.execute(update(TaskRow).values(state="running", phase="reading the archive, KB", done=300, total=1200))
    at = tick(at, "own-watch")
    assert [(bar.text, bar.value) for bar in at.progress] == [("Reading the archive 300 / 1,200 KB", 25)]
    with database.write(here) as session:
        session.execute(delete(TaskRow))
    at = tick(at, "own-watch")
    assert not at.exception and not errors(at) and "Look inside" in buttons(at)


def test_a_look_inside_that_fails_says_why(visit: Open, here: Workspace, tmp_path: Path) -> None:
    (tmp_path / "flat").mkdir()
    (tmp_path / "flat" / "notes.txt").write_text("No image at all.")
    at = visit("launch", dataset="folder", data_dir=str(tmp_path / "flat"))
    at = button(at, "Look inside").click().run()
    task = tasks.claim(here)
    assert task is not None
    lab.perform(here, task)
    at = at.run()
    assert "holds no images" in errors(at)[0] and not at.exception and "Look inside" in buttons(at)


@pytest.mark.parametrize("path", ["/nowhere/at/all", "\u202e", "~nobody/x"])
def test_a_path_that_leads_nowhere_is_a_sentence(visit: Open, path: str) -> None:
    at = visit("launch").button(key="preset-own").click().run()
    at = at.text_input(key="own-path-0").set_value(path).run()
    at = button(at, "Add and look inside").click().run()
    assert len(errors(at)) == 1 and not at.exception and api.own_datasets() == []


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("birds.tar.gz", "birds"), ("/data/my birds/", "my birds"), ("C:\\x\\a b.ZIP", "a b"), ("<b>.zip", "b"), (".zip", "images"),
        ("x" * 99 + ".zip", "x" * 40), ("été.tar", "t"), ("../..", "images"),
    ],
)  # fmt: skip
def test_a_name_is_suggested_that_is_allowed(filename: str, expected: str) -> None:
    assert adding.suggested(filename) == expected


def test_only_the_first_of_very_many_classes_are_listed() -> None:
    names = [f"class {i}" for i in range(own_images.SHOWN + 5)]
    listed = own_images.counts(names, range(len(names)))
    assert listed.count("<li>") == own_images.SHOWN + 1 and "and 5 more" in listed

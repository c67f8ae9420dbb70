"""The form of a new run: presets, what follows from what, errors beside their field, what is launched."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.views.launch import draft
from engine import api
from engine.config import SETTINGS, build
from engine.errors import BadConfig
from engine.presets import PRESETS
from tests.pages.screen import Add, Open, button, buttons, errors, figures, said, unescaped


def field(at: AppTest, name: str) -> Any:
    return at.get_by_key(f"set-{name}")


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


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_fills_the_form(visit: Open, preset: str) -> None:
    at = visit("launch").button(key=f"preset-{preset}").click().run()
    config = build(PRESETS[preset].settings, check=False)
    assert not at.exception
    for name, value in config.to_dict().items():
        assert field(at, name).value == value


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


def test_a_fault_in_a_folded_section_unfolds_it(visit: Open) -> None:
    at = field(visit("launch"), "clusters").set_value(2000).run()
    opened = {e.label: e.proto.expanded for e in at.expander}
    assert [label for label, is_open in opened.items() if is_open] == ["Matching · :red[1 to mend]"]


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
    at = field(visit("launch"), "device").set_value("cuda").run()
    at = button(at, "Launch").click().run()
    assert "There is no GPU here" in said(at)
    assert [e.label for e in at.expander if e.proto.expanded] == ["Machine · :red[1 to mend]"]


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


def test_a_clone_of_nothing_is_a_sentence(visit: Open) -> None:
    at = visit("launch", **{"from": "deadbeef"})
    assert "There is no run 'deadbeef'" in errors(at)[0] and not at.exception
    assert "Launch" in buttons(at)


def test_published_figures_and_cost_come_before_the_launch(visit: Open) -> None:
    at = visit("launch", preset="cifar10-dream+")
    assert "DREAM+" in figures(at)["Published accuracies"]["data"][0]["y"]
    assert {m.label for m in at.metric} == {"Time, about", "Memory, about"}
    assert "Nothing was published for Digits" in said(visit("launch"))


@pytest.mark.parametrize(("free", "warned"), [(500.0, True), (50_000.0, False), (None, False)])
def test_too_little_memory_is_said_before_the_launch(
    visit: Open, monkeypatch: pytest.MonkeyPatch, free: float | None, warned: bool
) -> None:
    monkeypatch.setattr(api, "free_memory", lambda _: free)
    at = visit("launch")
    assert ["Only 500 MB" in w.value for w in at.warning] == [True] * warned and "Launch" in buttons(at)

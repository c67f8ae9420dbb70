"""The folded sections of the form of a new run: what is sent of them, when they open, what a person folds."""

from __future__ import annotations

from typing import Any

import pytest

from engine.config import SETTINGS
from tests.pages.launch_screen import field, fields_sent, fold, listed, noted, unfold, unfolded, vary
from tests.pages.screen import Open, buttons


def test_the_fields_of_a_folded_section_are_not_sent(visit: Open) -> None:
    at = visit("launch")
    always = fields_sent(at)
    assert {"dataset", "recipe", "host"} < always and not {"clusters", "seed"} & always and unfolded(at) == []
    at = unfold(at, "Matching")
    assert {SETTINGS[name].section for name in fields_sent(at) - always} == {"Matching"} and unfolded(at) == [
        "Matching"
    ]
    assert fields_sent(fold(at, "Matching")) == always


@pytest.mark.parametrize(
    ("asked", "section", "says"),
    [
        ({"clusters": "2000"}, "Matching", ["1 to mend"]),
        ({"width": "16", "depth": "2"}, "Network", ["2 changed"]),
        ({"seed": ["0", "1"]}, "Machine", ["1 varied"]),
        ({"seed": ["0", "1"], "device": "cpu"}, "Machine", ["1 changed", "1 varied"]),
    ],
)
def test_what_wants_a_look_unfolds_its_section(visit: Open, asked: Any, section: str, says: list[str]) -> None:
    at = visit("launch", **asked)
    assert unfolded(at) == [section] and noted(at) == says and set(asked) <= fields_sent(at)


def test_who_folds_a_section_keeps_it_folded_until_something_else_is_wrong(visit: Open) -> None:
    at = fold(visit("launch", dataset="mnist", clusters="2000"), "Matching")
    at = field(at, "ipc").set_value(2).run()
    assert unfolded(at) == [] and noted(at) == ["1 changed"], "as it was"
    at = field(at, "dataset").set_value("digits").run()
    assert unfolded(at) == ["Matching"] and noted(at) == ["1 to mend"], "the digits are too few"
    at = field(fold(at, "Matching"), "ipc").set_value(1).run()
    assert unfolded(at) == [] and noted(at) == ["1 to mend"], "known"
    at = field(at, "dataset").set_value("mnist").run()
    assert unfolded(field(at, "dataset").set_value("digits").run()) == ["Matching"], "wrong anew"


def test_folding_keeps_the_settings(visit: Open) -> None:
    at = vary(field(visit("launch"), "clusters").set_value(7).run(), "interval", "5, 10")
    at = field(fold(at, "Matching"), "ipc").set_value(2).run()
    assert not {"clusters", "interval"} & fields_sent(at) and "Queue 2 runs" in buttons(at)
    assert (at.query_params["clusters"], at.query_params["interval"]) in (("7", ["5", "10"]), (["7"], ["5", "10"]))
    assert (field(at, "clusters").value, listed(at, "interval").value) == (7, "5, 10")


def test_a_section_starts_anew_after_another_page(visit: Open) -> None:
    at = fold(visit("launch", width="16"), "Network")
    at = at.switch_page("../pages/engine.py").run().switch_page("../pages/launch.py").run()
    assert unfolded(at) == ["Network"] and field(at, "width").value == 16 and not at.exception

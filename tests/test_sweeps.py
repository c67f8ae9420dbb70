"""Sweeps: lists as people type them, the grid they make, its cost, and all of its runs queued or none."""

from __future__ import annotations

import itertools
import random
from decimal import Decimal
from typing import Any

import pytest

from engine import api, sweeps
from engine.config import DEFAULTS, SETTINGS, build
from engine.errors import BadConfig, BadRequest
from engine.runner import services
from engine.store.workspace import Workspace

TINY = {"dataset": "digits", "ipc": 1, "outer": 1, "inner": 2}


@pytest.fixture(autouse=True)
def _no_supervisor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "ensure_supervisor", lambda _: None)


@pytest.mark.parametrize(
    ("name", "typed", "expected"),
    [
        ("ipc", "1,10", (1, 10)),
        ("ipc", " 1 , 10 ,1", (1, 10)),
        ("seed", "0-4", (0, 1, 2, 3, 4)),
        ("seed", "7, 0 - 2", (7, 0, 1, 2)),
        ("seed", "3-3", (3,)),
        ("width", "16:64:16", (16, 32, 48, 64)),
        ("width", "16:70:16", (16, 32, 48, 64)),
        ("width", "4:6", (4, 5, 6)),
        ("clusters", "8:2:-2", (8, 6, 4, 2)),
        ("image_lr", "0:0.3:0.1", (0.0, 0.1, 0.2, 0.3)),
        ("image_lr", "5e-3, 1", (0.005, 1.0)),
        ("recipe", "idc, dream+", ("idc", "dream+")),
        ("augment", "none, color_crop", ("", "color_crop")),
        ("eval_networks", "convnet, convnet+resnet10", (("convnet",), ("convnet", "resnet10"))),
    ],
)
def test_lists_as_people_type_them(name: str, typed: str, expected: tuple[Any, ...]) -> None:
    assert sweeps.values(name, typed) == expected


@pytest.mark.parametrize(
    ("name", "typed", "says"),
    [
        ("ipx", "1", "Did you mean 'ipc'"),
        ("ipc", "", "no value"),
        ("ipc", " , ,", "no value"),
        ("ipc", "1;2", "whole number"),
        ("ipc", "1.5", "whole number"),
        ("ipc", "10:1:1", "no span"),
        ("ipc", "1:10:0", "no span"),
        ("ipc", "1:nan:1", "no span"),
        ("ipc", "1:inf:1", "no span"),
        ("image_lr", "a:b:c", "no span"),
        ("image_lr", "0:1:1e-30", "at most 200"),
        ("image_lr", "0:1:1e-5000", "at most 200"),
        ("outer", "0:1e5000:1", "at most 200"),
        ("outer", "0-" + "1" * 4000, "at most 200"),
        ("seed", "0-200", "at most 200"),
        ("seed", "0-99999999999999999999999999", "at most 200"),
        ("seed", "1," * 20_000, "characters"),
    ],
)
def test_lists_that_are_none_are_refused_by_name(name: str, typed: str, says: str) -> None:
    with pytest.raises(BadConfig, match=says) as refused:
        sweeps.values(name, typed)
    assert list(refused.value.problems) == [name]


def test_text_and_values_are_each_others_inverse() -> None:
    draw = random.Random()
    for _ in range(200):
        name = draw.choice([n for n in SETTINGS if n != "data_dir"])
        kind, choices = type(DEFAULTS[name]), SETTINGS[name].choices
        drawn: dict[type, list[Any]] = {
            int: draw.sample(range(50), draw.randint(1, 6)),
            float: [float(Decimal(draw.randint(0, 9999)) / 1000) for _ in range(draw.randint(1, 6))],
            str: draw.sample(choices, draw.randint(1, len(choices))) if choices else ["", "color", "color_crop"],
            tuple: [tuple(draw.sample(choices, draw.randint(1, len(choices)))) for _ in range(3)] if choices else [],
        }
        listed = tuple(dict.fromkeys(drawn[kind]))
        assert sweeps.values(name, sweeps.text(listed)) == listed


def test_every_example_can_be_typed() -> None:
    for name in SETTINGS:
        for example in sweeps.example(name).split(" or "):
            assert len(sweeps.values(name, example.strip("'"))) > 1


def test_the_grid_is_the_product_in_order() -> None:
    varied: dict[str, list[Any]] = {"recipe": ["idc", "dream+"], "ipc": [1, 2], "seed": [5, 4]}
    found = sweeps.expand({"dataset": "digits", "width": 16}, varied)
    assert [tuple(one.at.values()) for one in found] == list(itertools.product(*varied.values()))
    for one in found:
        assert one.config == build({"dataset": "digits", "width": 16} | dict(one.at))
    assert [one.config for one in sweeps.expand(TINY, {})] == [build(TINY)], "nothing varied: the run itself"


def test_what_is_wrong_says_where() -> None:
    with pytest.raises(BadConfig) as refused:
        sweeps.expand({"dataset": "digits", "factor": 2}, {"ipc": [1, 50], "seed": [0, -1], "width": "8, 16"})
    assert set(refused.value.problems) == {"ipc", "seed"}
    assert refused.value.problems["seed"].startswith("ipc 1, seed -1, width 8: seed must be at least 0")
    assert "ipc 50" in refused.value.problems["ipc"]


def test_what_is_wrong_everywhere_is_said_once() -> None:
    with pytest.raises(BadConfig) as refused:
        sweeps.expand({"dataset": "digits", "ipc": 400}, {"seed": [0, 1]})
    assert refused.value.problems["ipc"].startswith("ipc 400 x factor")


@pytest.mark.parametrize("lists", [{"seed": range(201)}, {"seed": range(20), "ipc": range(1, 12)}])
def test_a_grid_too_large_is_refused_before_it_is_made(lists: dict[str, Any]) -> None:
    with pytest.raises(BadConfig, match="at most 200"):
        sweeps.expand({}, lists)


def test_a_plan_adds_up(here: Workspace) -> None:
    plan = api.plan_sweep(TINY, {"recipe": ["idc", "dream"], "seed": "0-2"})
    singles = [api.estimate(run.config) for run in plan.runs]
    assert (len(plan.runs), plan.experiments, plan.estimated) == (6, 2, 2)
    assert plan.seconds == pytest.approx(sum(one.seconds or 0.0 for one in singles))
    assert plan.memory_mb == max(one.memory_mb for one in singles)
    assert plan.varied == {"recipe": ("idc", "dream"), "seed": (0, 1, 2)}
    assert list(here.root.glob("runs/*")) == [], "looking makes nothing"


def test_the_time_of_a_large_grid_is_judged_by_sixteen(here: Workspace) -> None:
    widths = range(8, 8 + 4 * 20, 4)
    plan = api.plan_sweep(TINY, {"width": widths, "seed": [0, 1]})
    whole = sum(api.estimate(run.config).seconds or 0.0 for run in plan.runs)
    assert (plan.experiments, plan.estimated) == (20, 16)
    assert plan.seconds == pytest.approx(whole, rel=0.2)


def test_a_sweep_is_queued_in_order_with_one_tag(here: Workspace) -> None:
    varied = {"recipe": ["idc", "dream+"], "seed": "0-1"}
    launched = api.launch_sweep(TINY, varied)
    plan = api.plan_sweep(TINY, varied)
    assert [(run.name, run.config) for run in launched] == [(run.name, run.config) for run in plan.runs]
    assert [run.name for run in launched][:2] == ["IDC on Digits, ipc 1 · seed 0", "IDC on Digits, ipc 1 · seed 1"]
    (tag,) = {tag for run in launched for tag in run.tags}
    assert tag.startswith("sweep ") and all(run.state == "queued" for run in launched)
    assert [run.id for run in launched] == [run.id for run in reversed(api.list_runs())], "worked on in this order"
    assert {tag} != set(api.launch_sweep(TINY, varied)[0].tags), "another sweep, another tag"


def test_names_tell_the_runs_apart(here: Workspace) -> None:
    plan = api.plan_sweep(TINY, {"recipe": ["idc", "dream"], "seed": [0, 1]}, name="Night")
    assert [run.name for run in plan.runs][:2] == ["Night · recipe idc, seed 0", "Night · recipe idc, seed 1"]
    lengthy = api.plan_sweep(TINY, {"seed": [0, 1]}, name="x" * 120)
    assert all(len(run.name) == 120 for run in lengthy.runs)
    with pytest.raises(BadRequest, match="at most 120"):
        api.plan_sweep(TINY, {"seed": [0, 1]}, name="x" * 121)


@pytest.mark.parametrize("varied", [{}, {"ipc": []}, {"ipc": [1, 400]}, {"device": ["cpu", "cuda:77"]}])
def test_all_or_none(here: Workspace, varied: dict[str, Any]) -> None:
    with pytest.raises(BadConfig):
        api.launch_sweep(TINY, varied)
    assert api.list_runs() == [] and list(here.root.glob("runs/*")) == []

"""Figures of several runs: means, bands and targets are what numpy makes of the same numbers; nothing is told by colour alone."""

from __future__ import annotations

import itertools
import json
import math
from typing import Any

import numpy as np
import pytest

from app import palette
from app.charts.axes import AXES
from app.charts.compare.overlay import Look, overlay
from app.charts.compare.series import Series, joined, marks
from app.charts.compare.soon import soon
from app.charts.compare.sweep import EVEN_TICKS, Column, alike, parallel, scatter
from app.charts.frame import SMOOTH, averaged, smoothing
from app.charts.table import MOST_POINTS, Points
from app.views.compare import naming
from app.views.compare.target_panel import faster
from engine.config import build

CONFIG = build({"dataset": "digits", "inner": 10})
MARK = palette.recipe("dream+")


def curve(rng: np.random.Generator, last: int = 60, count: int = 20) -> Points:
    """Values at some of the steps up to `last`, both ends among them, half a second each."""
    steps = np.unique([0, last, *rng.integers(0, last, count)])
    return Points(steps.tolist(), rng.normal(50, 9, len(steps)).tolist(), (0.5 * steps).tolist())


def series(*curves: Points, label: str = "DREAM+") -> Series:
    return Series(label, MARK, curves, CONFIG, 10)


def drawn(figure: Any) -> tuple[list[Any], list[Any]]:
    """Lines and bands."""
    lines = [trace for trace in figure.data if trace.hoverinfo != "skip"]
    return lines, [trace for trace in figure.data if trace.hoverinfo == "skip"]


# ---- means and bands


@pytest.mark.parametrize("seed", range(4))
def test_a_group_is_mean_and_deviation_over_the_union_of_steps(seed: int) -> None:
    rng = np.random.default_rng(seed)
    curves = [curve(rng) for _ in range(3)]
    union = sorted({step for points in curves for step in points.steps})
    values = np.array([np.interp(union, points.steps, points.values) for points in curves])
    (line,), (band,) = drawn(overlay("accuracy", [series(*curves)], Look(smooth="None")))
    assert line.name == "DREAM+ (n 3)" and list(line.x) == union
    np.testing.assert_allclose(line.y, values.mean(0))
    high, low = np.array(band.y[: len(union)]), np.array(band.y[len(union) :][::-1])
    np.testing.assert_allclose((high - low) / 2, values.std(0), atol=1e-9)
    np.testing.assert_allclose((high + low) / 2, values.mean(0))
    assert list(band.x) == [*union, *reversed(union)]


def test_a_curve_has_no_say_beyond_its_ends_nor_where_it_is_not_a_number() -> None:
    found = joined([Points([0, 10, 20], [1.0, math.nan, 3.0]), Points([10, 30], [5.0, 7.0])])
    assert found.steps.tolist() == [0, 10, 20, 30]
    np.testing.assert_allclose(found.mean, [1.0, (2.0 + 5.0) / 2, (3.0 + 6.0) / 2, 7.0])
    np.testing.assert_allclose(found.std, [0.0, 1.5, 1.5, 0.0])
    assert np.isnan(found.seconds).all(), "nobody said when"


def test_one_run_is_its_own_values_and_has_no_band() -> None:
    points = curve(np.random.default_rng(5))
    lines, bands = drawn(overlay("accuracy", [series(points, label="A run")], Look(smooth="None")))
    assert not bands and lines[0].name == "A run"
    assert list(lines[0].y) == list(points.values) and list(lines[0].x) == list(points.steps)


@pytest.mark.parametrize(("axis", "times"), [("Inner loops", 1.0), ("Outer iterations", 0.1), ("Seconds", 0.5)])
def test_the_x_axis_is_a_choice(axis: str, times: float) -> None:
    points = curve(np.random.default_rng(6))
    figure = overlay("accuracy", [series(points, points)], Look(axis, "None"))
    np.testing.assert_allclose(drawn(figure)[0][0].x, times * np.array(points.steps))
    assert figure.layout.xaxis.title.text == AXES[axis].title and figure.layout.yaxis.title.text == "Accuracy [%]"


def test_each_curve_is_smoothed_by_itself_before_they_are_joined() -> None:
    rng = np.random.default_rng(7)
    curves = [Points(list(range(500)), rng.normal(size=500).tolist()) for _ in range(2)]
    window = smoothing(500, "Strong")
    assert window > 1
    smooth = np.array([averaged(points, window).values for points in curves])
    (line,), _ = drawn(overlay("loss.gradient", [series(*curves)], Look(smooth="Strong")))
    np.testing.assert_allclose(line.y, smooth.mean(0))


def test_long_curves_are_thinned_and_keep_their_ends() -> None:
    count = 7 * MOST_POINTS
    points = Points(list(range(count)), np.linspace(0, 1, count).tolist())
    (line,), (band,) = drawn(overlay("loss.gradient", [series(points, points)], Look(smooth="None")))
    assert len(line.x) <= MOST_POINTS + 1 and (line.x[0], line.x[-1]) == (0, count - 1)
    assert len(band.x) == 2 * len(line.x)


def test_on_a_logarithmic_axis_no_band_reaches_zero() -> None:
    curves = [Points([0, 1], [0.1, 0.1]), Points([0, 1], [5.0, 3.0])]
    figure = overlay("loss.gradient", [series(*curves)], Look(log=True))
    assert figure.layout.yaxis.type == "log" and min(drawn(figure)[1][0].y) > 0


def test_what_has_no_points_is_left_out() -> None:
    figure = overlay("accuracy", [series(Points((), ())), series(Points([0], [math.nan]))], Look())
    assert not figure.data and json.loads(figure.to_json())


@pytest.mark.parametrize("smooth", SMOOTH)
def test_every_strength_can_be_drawn(smooth: str) -> None:
    assert overlay("accuracy", [series(curve(np.random.default_rng(8)))], Look(smooth=smooth)).data


def test_a_name_is_never_markup() -> None:
    name = "<a href='x'>R&D</a>"
    figure = overlay("accuracy", [series(Points([0], [1.0]), label=name)], Look())
    x = Column("x", "x", (1.0,))
    for shown in (figure.data[0].name, scatter(x, x, ["idc"], [name], (False, False)).data[0].text[0]):
        assert shown == "&lt;a href='x'&gt;R&amp;D&lt;/a&gt;"


def test_runs_of_one_recipe_share_its_ink_and_nothing_else() -> None:
    recipes = {str(number): ("dream+", "idc")[number % 2] for number in range(24)}
    found = marks(recipes)
    assert found["0"] == palette.recipe("dream+") and found["1"] == palette.recipe("idc"), "the first looks as ever"
    assert all(found[key].ink == palette.recipe(recipe).ink for key, recipe in recipes.items())
    shapes = {recipe: [found[k][1:] for k, r in recipes.items() if r == recipe] for recipe in ("dream+", "idc")}
    assert all(len(set(some)) == len(some) == 12 for some in shapes.values())


# ---- how soon


@pytest.mark.parametrize("seed", range(6))
def test_the_target_is_met_where_the_mean_line_first_crosses_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    curves = [curve(rng) for _ in range(2)]
    target = float(rng.uniform(45, 60))
    found = soon(series(*curves), target)
    fine = np.linspace(0, 60, 600_001)
    mean = np.mean([np.interp(fine, points.steps, points.values) for points in curves], 0)
    met = np.flatnonzero(mean >= target)
    assert found.never == (not len(met))
    if len(met):
        assert found.loops == pytest.approx(fine[met[0]], abs=2e-4)
        assert found.outer == pytest.approx(found.loops / 10) and found.seconds == pytest.approx(found.loops / 2)
    assert found.last == pytest.approx(np.mean([points.values[-1] for points in curves]))


def test_never_from_the_start_and_without_points() -> None:
    points = Points([0, 10], [60.0, 70.0], [1.0, 3.0])
    assert soon(series(points), 71).never and math.isnan(soon(series(points), 71).seconds)
    assert soon(series(points), 60)[:3] == (0.0, 0.0, 1.0)
    empty = soon(series(Points((), ())), 1.0)
    assert empty.never and math.isnan(empty.last)


def test_a_seed_that_ended_sooner_has_no_say() -> None:
    whole, part = Points([0, 10, 20], [50.0, 60.0, 70.0], [0.0, 1.0, 2.0]), Points([0, 10], [90.0, 90.0], [0.0, 1.0])
    assert soon(series(whole, part), 65) == soon(series(whole), 65)


def test_the_speed_up_in_words() -> None:
    assert faster(10, 24) == "2.4 ×" and faster(0, 24) == "from the start"
    assert faster(math.nan, 24) == faster(10, math.nan) == "–"


# ---- settings against results


def test_parallel_coordinates_hold_every_run_on_every_axis() -> None:
    rng = np.random.default_rng(9)
    columns = [
        Column("recipe", "recipe", ("idc", "dream+", "idc", "a_word_that_is_much_too_long")),
        Column("image_lr", "image_lr", (0.001, 1.0, 0.1, 0.01)),
        Column("loops", "Inner loops to 70 %", (10.0, math.nan, 30.0, 20.0)),
        Column("accuracy", "Accuracy [%]", tuple(rng.uniform(60, 90, 4).tolist())),
    ]
    (trace,) = parallel(columns, columns[-1]).data
    words, rates, loops, accuracy = trace.dimensions
    assert [words.ticktext[list(words.tickvals).index(value)] for value in words["values"]] == [
        "idc",
        "dream+",
        "idc",
        "a_word_that_i…",
    ]
    np.testing.assert_allclose(rates["values"], [-3, 0, -1, -2], atol=1e-12)
    assert list(rates.ticktext) == ["0.001", "0.01", "0.1", "1"], "what spans much is logarithmic"
    assert loops.ticktext[-1] == "never" and loops["values"][1] == loops.tickvals[-1] == max(loops["values"])
    assert list(trace.line.color) == list(columns[-1].values) == list(accuracy["values"])
    assert all(math.isfinite(value) for dimension in trace.dimensions for value in dimension["values"])


def test_many_values_get_even_ticks() -> None:
    (trace,) = parallel([Column("seconds", "Work time [s]", tuple(float(n * n) for n in range(1, 21)))], Column("a", "a", tuple(range(20)))).data  # fmt: skip
    ticks = trace.dimensions[0].tickvals
    assert len(ticks) == EVEN_TICKS and len(set(np.round(np.diff(ticks), 9))) == 1


def test_a_scatter_marks_recipes_and_refuses_a_logarithm_of_what_has_none() -> None:
    words = Column("sampler", "sampler", ("random", "center", "random"))
    rates, zero = Column("image_lr", "image_lr", (0.1, 1.0, 10.0)), Column("loops", "Inner loops", (0.0, 3.0, math.nan))
    recipes, names = ["idc", "dream+", "idc"], ["a", "b", "c"]
    for x, y, log in itertools.product((words, rates), (rates, zero), ((False, False), (True, True))):
        figure = scatter(x, y, recipes, names, log)
        assert {trace.name for trace in figure.data} == {"IDC", "DREAM+"}
        assert {trace.marker.symbol for trace in figure.data} == {palette.recipe(r).symbol for r in ("idc", "dream+")}
        assert figure.layout.xaxis.type == ("category" if x is words else "log" if log[0] else "linear")
        assert figure.layout.yaxis.type == ("log" if log[1] and y is rates else "linear")
        assert sum(len(trace.x) for trace in figure.data) == 3 and json.loads(figure.to_json())
        told = {place: name for trace in figure.data for place, name in zip(trace.customdata, trace.text, strict=True)}
        assert told == dict(enumerate(names)), "a mark knows its run"


def test_a_click_is_on_all_marks_at_that_spot() -> None:
    x, y = Column("a", "a", (1.0, 2.0, 1.0, 1.0)), Column("b", "b", ("u", "u", "u", "v"))
    assert alike(x, y, [2]) == [0, 2] and alike(x, y, [1, 3]) == [1, 3] and alike(x, y, []) == []
    assert alike(x, y, [4, -1, 99]) == [], "a browser may send anything"


# ---- names


def test_groups_are_named_by_what_tells_them_apart() -> None:
    base = {"dataset": "digits", "recipe": "dream+", "ipc": 1}
    configs = {"a": build(base), "b": build(base | {"clusters": 8}), "c": build(base | {"recipe": "idc"})}
    found = naming.groups(configs)
    assert found["c"] == "IDC" and found["b"] == "DREAM+ · clusters 8" and found["a"].startswith("DREAM+ · clusters ")
    more = naming.groups(configs | {"d": build(base | {"ipc": 10})})
    assert more["d"] == "DREAM+ · ipc 10" and len(set(more.values())) == 4
    alike = naming.groups({"x": build(base), "y": build(base)})
    assert set(alike.values()) == {"DREAM+ · x", "DREAM+ · y"}

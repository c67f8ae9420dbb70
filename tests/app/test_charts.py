"""Figures as pure functions: what is drawn, with which unit, in which ink."""

from __future__ import annotations

import json
import math
import random

import numpy as np
import plotly.graph_objects as go
import pytest

from app import palette
from app.charts.axes import AXES, halvings, roomy
from app.charts.catalog import CHARTS, MACHINE
from app.charts.frame import SMOOTH, averaged, smoothing
from app.charts.published import published
from app.charts.table import MOST_POINTS, Points, Reference, Scene, Table, thin
from engine.api import PublishedFigure
from engine.config import build
from engine.metrics.catalog import METRICS

EVERY = CHARTS | MACHINE
CONFIG = build({"dataset": "digits", "recipe": "dream+", "ipc": 1})
TOTAL = CONFIG.total_steps


def a_table(seed: int, count: int = 20) -> Table:
    """Every quantity, `count` points each, from step 0 to the end."""
    draw = random.Random(seed)
    steps = [round(i * TOTAL / (count - 1)) for i in range(count)]
    return {name: Points(steps, [draw.uniform(0.1, 90) for _ in steps]) for name in METRICS}


def drawn(figure: go.Figure) -> list[go.Scatter]:
    """The curves themselves, without bands and pale values behind them."""
    return [trace for trace in figure.data if trace.hoverinfo != "skip"]


@pytest.mark.parametrize("name", EVERY)
def test_axes_are_named_with_units(name: str) -> None:
    chart = EVERY[name]
    figure = chart.draw(a_table(1), Scene(CONFIG))
    assert figure.layout.xaxis.title.text == "Inner loops"
    unit = METRICS[chart.metrics[0]].unit
    assert figure.layout.yaxis.title.text.endswith(f"[{unit}]" if unit else tuple("abcdefghijklmnopqrstuvwxyz"))


@pytest.mark.parametrize("name", EVERY)
def test_every_value_of_its_quantities_is_drawn(name: str) -> None:
    chart, table = EVERY[name], a_table(2)
    curves = drawn(chart.draw(table, Scene(CONFIG)))
    wanted = [metric for metric in chart.metrics if metric != "accuracy.std"]
    assert [list(curve.y) for curve in curves] == [list(table[metric].values) for metric in wanted]
    assert all(list(curve.x) == list(table[wanted[0]].steps) for curve in curves)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("count", [2, 5000])
def test_only_inks_of_the_palette(name: str, count: int) -> None:
    """Otherwise a figure would stay light on a dark page."""
    scene = Scene(CONFIG, (Reference("random 1 %", 1.0, palette.RANDOM),), step=TOTAL // 2)
    text = json.dumps(EVERY[name].draw(a_table(3, count), scene).to_plotly_json(), default=list)
    used = {part for part in text.split('"') if part.startswith(("#", "rgba("))} - {"rgba(0,0,0,0)"}
    assert used <= set(palette.swap())


@pytest.mark.parametrize("name", EVERY)
def test_nothing_recorded_gives_an_empty_frame(name: str) -> None:
    figure = EVERY[name].draw({}, Scene(CONFIG))
    assert all(not len(curve.x or ()) for curve in drawn(figure))


@pytest.mark.parametrize("name", EVERY)
def test_every_figure_says_what_to_see_and_what_it_is(name: str) -> None:
    chart = EVERY[name]
    assert chart.see.endswith(".") and METRICS[chart.metrics[0]].meaning in dict(chart.quantities).values()


def test_representative_and_random_batches_look_different_without_colour() -> None:
    representative, plain = drawn(CHARTS["mmd"].draw(a_table(4), Scene(CONFIG)))
    assert (representative.name, plain.name) == ("Representative batch", "Random batch")
    assert representative.line.dash != plain.line.dash and representative.marker.symbol != plain.marker.symbol
    assert representative.line.color == palette.REPRESENTATIVE.ink.light


def test_migration_states_its_distance() -> None:
    config = build({"dataset": "cifar10", "migration_every": 2500})
    figure = CHARTS["migration"].draw({}, Scene(config))
    assert figure.layout.yaxis.title.text == "Migration over d = 2,500 loops"


def test_accuracy_has_a_band_and_labelled_levels() -> None:
    table = {"accuracy": Points([0, 80], [90.0, 95.0]), "accuracy.std": Points([0, 80], [1.0, 0.5])}
    levels = (
        Reference("Random 70.0 %", 70.0, palette.RANDOM),
        Reference("Published DREAM+ 69.9 %", 69.9, palette.PUBLISHED),
    )
    figure = CHARTS["accuracy"].draw(table, Scene(CONFIG, levels))
    band = figure.data[0]
    assert list(band.y) == [91.0, 95.5, 94.5, 89.0] and list(band.x) == [0, 80, 80, 0]
    assert [note.text for note in figure.layout.annotations] == ["Random 70.0 %", "Published DREAM+ 69.9 %"]
    assert [(line.y0, line.y1) for line in figure.layout.shapes] == [(70.0, 70.0), (69.9, 69.9)]
    assert all(line.line.dash not in (None, "solid") for line in figure.layout.shapes)
    low, high = figure.layout.yaxis.range
    assert low < 69.9 and high > 95.0


def test_accuracy_without_spread_still_draws() -> None:
    """A spread that is not written yet must not hold the curve back."""
    figure = CHARTS["accuracy"].draw({"accuracy": Points([0], [90.0])}, Scene(CONFIG))
    assert [list(curve.y) for curve in drawn(figure)] == [[90.0]]


def test_a_recipe_keeps_its_colour() -> None:
    for recipe in ("idc", "dream", "dream+"):
        config = build({"dataset": "digits", "recipe": recipe, "ipc": 1})
        (curve,) = drawn(CHARTS["loss.gradient"].draw(a_table(5), Scene(config)))
        assert curve.line.color == palette.RECIPES[recipe].ink.light


def test_losses_can_be_logarithmic() -> None:
    for log in (False, True):
        for name in ("loss.gradient", "loss.feature"):
            axis = CHARTS[name].draw(a_table(6), Scene(CONFIG, log=log)).layout.yaxis
            assert (axis.type == "log") is log


def test_the_shown_step_is_told_to_the_browser() -> None:
    figure = CHARTS["migration"].draw(a_table(7), Scene(CONFIG, step=TOTAL // 2, run="abc"))
    assert figure.layout.meta["cursor"] == {"run": "abc", "step": TOTAL // 2, "steps": [0, TOTAL], "at": [0, TOTAL]}
    assert CHARTS["migration"].draw(a_table(7), Scene(CONFIG)).layout.meta is None, (
        "a figure that is no run's has no cursor"
    )


@pytest.mark.parametrize("axis", AXES)
def test_curve_and_cursor_lie_on_the_same_axis(axis: str) -> None:
    table = {name: Points(p.steps, p.values, [0.5 * s**1.1 for s in p.steps]) for name, p in a_table(7).items()}
    scene = Scene(CONFIG, axis=axis, run="abc", classes=10)
    figure = CHARTS["migration"].draw(table, scene)
    (curve,) = drawn(figure)
    cursor = figure.layout.meta["cursor"]
    assert list(curve.x) == pytest.approx(
        np.interp(table["migration"].steps, cursor["steps"], cursor["at"]), rel=1e-3, abs=0.02
    )
    assert figure.layout.xaxis.range[1] >= max(curve.x) and figure.layout.xaxis.title.text == AXES[axis].title
    factor = {"Inner loops": 1, "Outer iterations": 1 / CONFIG.inner, "Images seen": 10 * CONFIG.picks_per_class}.get(
        axis
    )
    if factor is not None:
        assert list(curve.x) == pytest.approx([factor * step for step in table["migration"].steps])


def test_an_axis_of_seconds_ends_on_a_round_number_with_room_for_all() -> None:
    draw = random.Random(21)
    for _ in range(300):
        last = 10 ** draw.uniform(-2, 7)
        assert last <= roomy(last) <= 2 * last
    assert roomy(0) == 1.0


@pytest.mark.parametrize("smooth", SMOOTH)
def test_smoothing_grows_with_its_strength(smooth: str) -> None:
    windows = [smoothing(count, smooth) for count in range(0, 3000, 7)]
    assert windows == sorted(windows) and all(window & (window - 1) == 0 for window in windows)
    weaker = list(SMOOTH)[: list(SMOOTH).index(smooth)]
    assert all(smoothing(1000, less) <= smoothing(1000, smooth) for less in weaker)
    assert (smoothing(3000, smooth) == 1) is (smooth == "None")


def test_the_x_axis_holds_every_point_and_seldom_changes() -> None:
    """Its end is total / 2^k: never before the last point, never more than twice as far unless the curve is very short."""
    draw = random.Random(8)
    for _ in range(500):
        total = draw.randint(1, 10**7)
        last = draw.randint(0, total)
        end = total / 2 ** halvings(last, total)
        assert end >= last
        assert end <= max(2 * last, 20) or end == total


def test_thinning_keeps_both_ends_and_the_same_points_while_a_curve_grows() -> None:
    draw = random.Random(9)
    for _ in range(50):
        count = draw.randint(1, 20 * MOST_POINTS)
        points = Points(range(count), [float(i) for i in range(count)])
        kept = thin(points)
        assert len(kept.steps) <= MOST_POINTS + 1 and kept.steps[0] == 0 and kept.steps[-1] == count - 1
        grown = thin(Points(range(count + 1), [0.0] * (count + 1)))
        assert len(grown.steps) < len(kept.steps) or set(kept.steps[:-1]) <= set(grown.steps)
    few = Points(range(MOST_POINTS), [1.0] * MOST_POINTS)
    assert thin(few) is few


def test_a_moving_average_is_the_mean_of_its_window() -> None:
    generator = np.random.default_rng(10)
    values = generator.normal(size=300)
    values[generator.integers(0, 300, 20)] = math.nan
    got = averaged(Points(range(300), values.tolist()), 8).values
    for i in range(300):
        assert got[i] == pytest.approx(np.nanmean(values[max(0, i - 4) : i + 4]))


def test_dense_curves_are_averaged_and_say_so() -> None:
    assert smoothing(150) == 1
    window = smoothing(5000)
    (curve,) = drawn(CHARTS["loss.gradient"].draw(a_table(11, 5000), Scene(CONFIG)))
    assert window > 1 and curve.name == f"Gradient loss, mean of {window}"
    assert len(curve.x) <= MOST_POINTS + 1


def test_published_figures_are_sorted_and_the_chosen_one_stands_out() -> None:
    rows = [
        PublishedFigure(m, a, s, "a paper")
        for m, a, s in (("DREAM+", 69.9, 0.4), ("Random", 26.0, None), ("IDC", 67.5, 0.5))
    ]
    figure = published(rows, "IDC")
    (dots,) = figure.data
    assert list(dots.y) == ["Random", "IDC", "DREAM+"] and list(dots.x) == [26.0, 67.5, 69.9]
    assert figure.layout.xaxis.title.text == "Published test accuracy [%]"
    assert [c == palette.RECIPES["idc"].ink.light for c in dots.marker.color] == [False, True, False]
    assert len(published([], "IDC").data[0].x or ()) == 0

"""Figures of studies as pure functions: exactly the rows' values, published ones hollow or dashed and named so, axes with units,
inks of the palette."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from app import palette
from app.charts.studies import table
from app.charts.studies.bars import OURS, bars, label
from app.charts.studies.catalog import SPECIAL, Given, Panel, family_of, panels, x_title
from app.charts.studies.curves import curves, line
from app.charts.studies.distribution import distribution
from app.charts.studies.matrix import matrix, shade
from app.charts.studies.stack import cell, stack
from app.charts.studies.table import HOLLOW, Quantity, Value, marks, recipe_in
from engine import api

ACCURACY = Quantity("accuracy", "Accuracy", "%", "Test accuracy.")
SECONDS = Quantity("seconds", "Time", "s", "Seconds of it.")
NAN = math.nan
STUDIES = {study["name"]: study for study in api.studies()}


def value(series: str, x: float | str, of: float, published: bool = False, std: float = 0.5, what: str = "accuracy") -> Value:  # fmt: skip
    return Value(series, x, what, of, std, 0 if published else 3, published)


def drawn(figure: go.Figure) -> list[Any]:
    """Traces without the bands behind them."""
    return [trace for trace in figure.data if trace.hoverinfo != "skip"]


def quantities(study: str) -> list[Quantity]:
    axes = STUDIES[study]["axes"]
    return [Quantity(name, axes[name]["title"], axes[name]["unit"], axes[name]["meaning"]) for name in axes]


def rows_like(study: str, seed: int = 1) -> list[Value]:
    """Made-up rows of the form that the study's own have."""
    draw = random.Random(seed)
    cells = ("IDC", "DREAM", "DREAM+")
    places: dict[str, list[tuple[str, float | str]]] = {
        "ablation": [(host, parts) for host in ("IDC", "DC") for parts in ("none", "RM", "RM + Init + BM")],
        "sampling": [(f"{m}, {per} per cluster", float(n)) for m in cells[1:] for per in (1, 2) for n in (32, 64)],
        "interval": [("DREAM+", float(every)) for every in (1, 2, 20)],
        "pruning": [(name, share) for name in ("uncertainty", "random", "el2n") for share in (0.25, 1.0)],
        "cross-architecture": [(name, network) for name in cells for network in ("convnet", "resnet10")],
        "cost": [(part, name) for part in ("Clustering", "Matching", "Rest") for name in cells],
    }
    found = []
    for quantity in quantities(study):
        spots = places.get(study, [(name, float(i)) for name in cells for i in range(4)])
        if study == "speed" and quantity.name != "accuracy":
            spots = [(name, "IDC") for name in cells]
        found += [value(s, x, draw.uniform(1, 90), p, what=quantity.name) for p in (False, True) for s, x in spots]
    return found


def shown(study: str, together: bool = True, rows: Sequence[Value] | None = None) -> list[Panel]:
    rows = rows_like(study) if rows is None else rows
    return panels(Given(study, rows, together), STUDIES[study]["shape"], quantities(study))


# ---- every study


WITH_ROWS = [name for name, study in STUDIES.items() if study["quantities"]]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("study", WITH_ROWS)
def test_every_value_is_drawn_once(study: str, together: bool) -> None:
    want = sorted(round(row.value, 6) for row in rows_like(study))
    got = [round(float(v), 6) for panel in shown(study, together) for t in drawn(panel.figure) for v in _values(t)]
    assert sorted(got) == want


def _values(trace: Any) -> Sequence[float]:
    """What a trace stands for: a table's cells, the length of bars, where dots are, the height of curves."""
    if trace.type == "scatter" and trace.mode == "text":
        return list(trace.customdata)
    return list(trace.x if all(isinstance(y, str) for y in trace.y) else trace.y)


@pytest.mark.parametrize("study", WITH_ROWS)
def test_axes_are_named_with_units(study: str) -> None:
    for panel in shown(study):
        titles = (panel.figure.layout.xaxis.title.text, panel.figure.layout.yaxis.title.text)
        assert titles[0], "what x is"
        unit = next(q.unit for q in quantities(study) if panel.help == q.meaning)
        assert not unit or any(title and f"[{unit}]" in title for title in titles) or "matrix" in _shape(study)


def _shape(study: str) -> str:
    """A table says its unit in the title of the panel and where it is hovered over."""
    return "matrix" if STUDIES[study]["shape"] in ("grid", "matrix") else str(STUDIES[study]["shape"])


@pytest.mark.parametrize("study", WITH_ROWS)
def test_every_panel_says_what_to_see_and_what_it_is(study: str) -> None:
    for together in (True, False):
        for panel in shown(study, together):
            assert panel.title and panel.see.endswith(".") and panel.help


@pytest.mark.parametrize("study", WITH_ROWS)
def test_only_inks_of_the_palette(study: str) -> None:
    """Otherwise a figure would stay light on a dark page."""
    for panel in shown(study):
        text = json.dumps(panel.figure.to_plotly_json(), default=list)
        used = {part for part in text.split('"') if part.startswith(("#", "rgba("))} - {HOLLOW}
        assert used <= set(palette.swap())


@pytest.mark.parametrize("study", WITH_ROWS)
def test_published_values_have_figures_of_their_own_at_another_scale(study: str) -> None:
    assert shown(study, together=False)
    for panel in shown(study, together=False):
        assert panel.title.endswith(("this study", "published"))


@pytest.mark.parametrize("study", WITH_ROWS)
def test_nothing_recorded_gives_no_panel(study: str) -> None:
    assert shown(study, rows=[]) == []


def test_a_study_without_a_shape_of_ours_shows_nothing() -> None:
    assert panels(Given("new", [value("a", 1.0, 2.0)], True), "unheard-of", [ACCURACY]) == []
    assert set(SPECIAL) <= set(STUDIES)
    assert x_title("stability", "curves") == "Outer iterations" and x_title("pruning", "line").endswith("[%]")


# ---- curves


def test_curves_keep_their_order_bands_and_marks() -> None:
    rows = [value("DREAM+", 2.0, 5.0), value("DREAM+", 1.0, 4.0), value("IDC", 1.0, 3.0, std=NAN)]
    figure = curves(rows, ACCURACY, "Outer iterations")
    ours, host = drawn(figure)
    assert (list(ours.x), list(ours.y), ours.name) == ([1.0, 2.0], [4.0, 5.0], "DREAM+")
    assert (
        ours.line.color == palette.RECIPES["dream+"].ink.light and host.line.color == palette.RECIPES["idc"].ink.light
    )
    (band,) = [trace for trace in figure.data if trace.hoverinfo == "skip"]
    assert list(band.y) == [4.5, 5.5, 4.5, 3.5], "IDC has no spread: no band"
    assert figure.layout.yaxis.title.text == "Accuracy [%]" and figure.layout.xaxis.title.text == "Outer iterations"


def test_published_curves_are_dashed_hollow_and_named_so() -> None:
    ours, paper = drawn(curves([value("IDC", 1.0, 3.0), value("IDC", 1.0, 4.0, True)], ACCURACY, "x"))
    assert (ours.name, paper.name) == ("IDC", "IDC, published")
    assert (paper.line.dash, paper.marker.color) == ("dash", HOLLOW) and ours.line.dash == "solid"


@pytest.mark.parametrize(("places", "kind"), [((1, 2, 20), "log"), ((0.25, 0.5, 1), "linear"), ((0, 5, 50), "linear")])
def test_few_values_have_their_ticks(places: tuple[float, ...], kind: str) -> None:
    axis = line([value("DREAM+", float(x), 90.0) for x in places], ACCURACY, "x").layout.xaxis
    assert list(axis.tickvals) == list(places) and axis.type == kind


def test_speed_is_shown_by_host() -> None:
    titles = [panel.title for panel in shown("speed")]
    assert titles[0] == "Accuracy: IDC" and "Time to the host's accuracy" in titles
    families = {"DREAM+": "IDC", "IDC-feature + DREAM": "IDC-feature", "DC + DREAM+": "DC", "DSA": "DSA", "New": "New"}
    assert {name: family_of(name) for name in families} == families


@pytest.mark.parametrize("together", [True, False])
def test_where_published_speeds_are_from(together: bool) -> None:
    rows = [value(*place, 50.0, p) for p in (False, True) for place in (("DC", 1.0), ("IDC", 1.0))]
    rows += [value("DC + DREAM+", "DC", 10.0, p, what="speed-up") for p in (False, True)]
    said = {panel.title: panel.see for panel in shown("speed", together, rows)}
    word = "" if together else ", published"
    assert "own 1,000" in said[f"Accuracy: DC{word}"] and "joins the two" in said[f"Accuracy: IDC{word}"]
    assert "as the text has it" in said["Speed-up over the host" + ("" if together else ": published")]
    if not together:
        assert not any("text" in see or "prints" in see for title, see in said.items() if "this study" in title)


def test_images_move_over_a_number_of_steps_that_the_axis_tells() -> None:
    given = Given("stability", rows_like("stability"), False, apart=2000)
    titles = {
        panel.title.split(":")[0]: panel.figure.layout.yaxis.title.text
        for panel in panels(given, "curves", quantities("stability"))
    }
    assert titles.pop("Feature migration") == "Migration over d = 2,000 inner loops"
    assert not any("d =" in title for title in titles.values())


def test_the_interval_has_both_halves_of_its_figure() -> None:
    """Over the interval on few ticks, over iterations as a curve."""
    axes = {panel.title: panel.figure.layout.xaxis for panel in shown("interval")}
    assert (
        axes["Accuracy"].title.text
        == axes["Time of the whole distillation"].title.text
        == "Inner loops between two choices of representatives"
    )
    assert (
        axes["Accuracy along the way"].title.text == "Outer iterations" and axes["Accuracy along the way"].type != "log"
    )


def test_both_batches_are_on_one_axis() -> None:
    axes = {tuple(panel.figure.layout.yaxis.range) for panel in shown("mmd")}
    assert len(axes) == 1


def test_shares_are_percent() -> None:
    (panel,) = shown("pruning", rows=[value("random", 0.25, 60.0), value("random", 1.0, 70.0)])
    assert list(drawn(panel.figure)[0].x) == [25.0, 100.0] and "[%]" in panel.figure.layout.xaxis.title.text


# ---- bars


def test_accuracies_are_dots_on_their_own_range() -> None:
    rows = [value("IDC", "none", 67.5), value("IDC", "RM", 68.9), value("IDC", "RM", 68.0, True)]
    figure = bars(rows, ACCURACY)
    ours, paper = figure.data
    assert (list(ours.y), list(ours.x)) == (["IDC", "IDC + RM"], [67.5, 68.9]) and ours.name == OURS
    assert (list(paper.y), list(paper.x), paper.name) == (["IDC + RM"], [68.0], "Published")
    assert paper.marker.color == HOLLOW and figure.layout.xaxis.range[0] > 60
    assert list(figure.layout.yaxis.categoryarray) == ["IDC", "IDC + RM"] and figure.layout.showlegend


def test_all_else_is_bars_from_zero_and_never_is_a_word() -> None:
    rows = [value("DREAM", "IDC", 150.0, what="seconds"), value("DSA", "DSA", NAN, what="seconds")]
    figure = bars(rows, SECONDS)
    assert figure.layout.xaxis.range[0] == 0 and list(figure.data[0].text) == ["150", ""]
    (note,) = figure.layout.annotations
    assert (note.text, note.y) == ("never", "DSA") and not figure.layout.showlegend
    assert label(rows[0]) == "DREAM"
    (note,) = bars(rows, SECONDS, at_once={"DSA"}).layout.annotations
    assert note.text == "from the start"


def test_what_needs_no_iteration_is_not_said_to_be_never() -> None:
    rows = [value("DREAM", "IDC", 0.0, what="iterations"), value("DREAM", "IDC", NAN, what="speed-up")]
    (note,) = next(p for p in shown("speed", rows=rows) if p.title.startswith("Speed-up")).figure.layout.annotations
    assert note.text == "from the start"


def test_an_empty_frame_is_no_fault() -> None:
    for figure in (bars([], SECONDS), bars([], ACCURACY), stack([], SECONDS), matrix([], ACCURACY, "x", False)):
        assert all(not len(trace.x or ()) for trace in figure.data)


# ---- tables and stacks


def test_a_table_has_a_cell_per_pair() -> None:
    rows = [value("IDC", "convnet", 67.5), value("IDC", "resnet10", 63.5), value("DREAM+", "convnet", 69.9), value("IDC", "convnet", 60.0, True)]  # fmt: skip
    figure = matrix(rows, ACCURACY, "Tested on", published=False)
    (trace,) = figure.data
    assert list(trace.customdata) == [67.5, 63.5, 69.9] and trace.text[0] == "67.5<br>± 0.5"
    assert [(x, y) for x, y in zip(trace.x, trace.y, strict=True)] == [(0, 0), (1, 0), (0, 1)]
    assert len(figure.layout.shapes) == 3 and list(figure.layout.xaxis.ticktext) == ["convnet", "resnet10"]
    assert list(matrix(rows, ACCURACY, "Tested on", published=True).data[0].customdata) == [60.0]


def test_darker_is_higher() -> None:
    rows = [value("a", "b", float(v)) for v in range(13)]
    inks = [shade(float(v), rows) for v in range(13)]
    order = [ink.light for ink in palette.SHADES]
    assert [order.index(ink) for ink in inks] == sorted(order.index(ink) for ink in inks)
    assert (inks[0], inks[-1]) == (order[0], order[-1]) and shade(NAN, rows) == order[0]


@pytest.mark.parametrize("page", [0, 1], ids=["light", "dark"])
def test_words_on_every_shade_are_readable(page: int) -> None:
    from tests.app.test_palette import contrast

    assert all(contrast(palette.PUBLISHED.ink[page], ink[page]) >= 4.5 for ink in palette.SHADES)


def test_parts_are_laid_end_to_end() -> None:
    rows = [value("Clustering", "DREAM+", 0.1, what="seconds"), value("Matching", "DREAM+", 0.2, what="seconds"),
            value("Matching", "IDC", 0.2, what="seconds"), value("Update", "IDC", 0.3, True, what="seconds")]  # fmt: skip
    figure = stack(rows, SECONDS)
    assert figure.layout.barmode == "stack" and [t.name for t in figure.data] == [
        "Clustering",
        "Matching",
        "Update, published",
    ]
    assert (
        list(figure.layout.yaxis.categoryarray) == ["DREAM+", "IDC", "IDC, published"]
        and cell(rows[3]) == "IDC, published"
    )
    assert figure.data[0].marker.color == palette.SHARES["share.cluster"].light
    assert figure.data[2].marker.pattern.shape == "/" and len({t.marker.color for t in figure.data}) == 3


# ---- names and marks


@pytest.mark.parametrize(
    ("text", "recipe"),
    [("DREAM+", "dream+"), ("dream", "dream"), ("DREAM+, 2 per cluster", "dream+"), ("DC + DREAM+", "dc-dream+"),
     ("IDC + RM", "idc"), ("IDC + RM + Init", "dream"), ("DSA + RM + Init + BM", "dsa-dream+"), ("IDC-feature + DREAM", "idc-feature"),
     ("Random", "random"), ("uncertainty", ""), ("DREAMY", "")],
)  # fmt: skip
def test_a_label_names_its_recipe(text: str, recipe: str) -> None:
    assert recipe_in(text) == recipe


def test_one_colour_per_recipe_and_one_mark_per_series() -> None:
    names = ("IDC", "IDC + RM", "IDC + Init", "DREAM", "Center", "el2n", "uncertainty")
    found = marks(names)
    assert found["IDC"] == palette.RECIPES["idc"] and found["Center"] == palette.SAMPLERS["center"]
    assert found["IDC + RM"].ink == found["IDC"].ink and len({(m.ink, m.symbol) for m in found.values()}) == len(names)


@pytest.mark.parametrize(
    ("number", "text"), [(69.4, "69.4"), (1200.0, "1,200"), (0.0123456, "0.0123"), (5.0, "5"), (NAN, "never")]
)
def test_numbers_have_the_digits_that_tell_them_apart(number: float, text: str) -> None:
    assert table.number(number) == text


def test_a_spread_is_shown_only_where_there_is_one() -> None:
    assert table.with_spread(value("a", 1.0, 69.0)) == "69.0 ± 0.5"
    assert table.with_spread(value("a", 1.0, 150.0, std=NAN)) == "150"
    assert table.with_spread(value("a", 1.0, 0.02, std=0.001)) == "0.02 ± 0.001"


def test_two_synthetic_sets_stand_out_from_the_real_images() -> None:
    points = np.random.default_rng(1).normal(size=(30, 2)).astype(np.float32)
    group = np.array([0] * 20 + [1] * 4 + [2] * 6)
    figure = distribution(points, group, ("IDC", "DREAM+"), "tsne")
    for which, trace in enumerate(figure.data):
        assert np.array_equal(np.stack([trace.x, trace.y], 1), points[group == which])
    assert [t.name for t in figure.data] == [
        "Real images of the class (20)",
        "IDC, synthetic (4)",
        "DREAM+, synthetic (6)",
    ]
    assert figure.data[2].marker.color == palette.RECIPES["dream+"].ink.light

"""Rows of the figures, compared with values worked out by hand or by numpy."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.events import SEEN
from engine.studies import STUDIES, Row
from engine.studies.rows import reached, to_host
from engine.studies.study import Gathered, Point
from tests.studies.recorded import PARTS, gathered, score

RISING = [(0, 50.0), (10, 60.0), (20, 60.0), (30, 80.0), (40, 70.0), (50, 90.0)]


def one(rows: list[Row], series: str, x: float | str, quantity: str = "accuracy") -> Row:
    (found,) = [row for row in rows if (row.series, row.x, row.quantity) == (series, x, quantity)]
    return found


def test_accuracies_are_pooled_over_seeds_and_networks() -> None:
    found = [
        gathered("IDC + RM", 0, results={"distilled": (score(90.0, 92.0),)}),
        gathered("IDC + RM", 1, results={"distilled": (score(95.0, 99.0),)}),
        gathered("IDC", 0),
    ]
    rows = STUDIES["ablation"].rows(found)
    values = [90, 92, 95, 99]
    assert len(rows) == 1
    row = one(rows, "IDC", "RM")
    assert (
        row.value == np.mean(values) and row.std == pytest.approx(np.std(values)) and row.n == 4 and not row.published
    )


def test_the_spread_of_a_curve_is_that_over_all_networks() -> None:
    """From means and standard deviations alone, what numpy finds from the networks themselves."""
    networks = {0: [90.0, 94.0], 1: [80.0, 81.0]}
    found = [
        gathered("IDC", seed, curves={"accuracy": [(10, float(np.mean(v)))], "accuracy.std": [(10, float(np.std(v)))]})
        for seed, v in networks.items()
    ]
    row = STUDIES["speed"].rows(found)[0]
    every = [value for values in networks.values() for value in values]
    assert (row.series, row.x, row.n) == ("IDC", 1.0, 4)
    assert row.value == pytest.approx(np.mean(every)) and row.std == pytest.approx(np.std(every))


def test_a_single_value_has_no_spread() -> None:
    rows = STUDIES["mmd"].rows([gathered("IDC", curves={"mmd.random": [(0, 0.5)]})])
    assert [(row.value, row.n) for row in rows] == [(0.5, 1)] and math.isnan(rows[0].std)


@pytest.mark.parametrize("finished", [True, False])
def test_curves_ascend_and_are_means_over_all_seeds(finished: bool) -> None:
    """Where only one of two seeds was measured there is no mean: it would be another curve's."""
    found = [
        gathered("IDC", 0, curves={"mmd.random": [(0, 1.0), (4, 3.0)]}, finished=finished),
        gathered("DREAM+", 0, curves={"mmd.random": [(0, 9.0)]}, finished=finished),
        gathered("IDC", 1, curves={"mmd.random": [(0, 2.0), (2, 5.0), (4, 4.0)]}, finished=finished),
    ]
    rows = STUDIES["mmd"].rows(found)
    assert [(row.series, row.x, row.value, row.n) for row in rows] == [
        ("IDC", 0.0, 1.5, 2), ("IDC", 0.4, 3.5, 2), ("DREAM+", 0.0, 9.0, 1),
    ]  # fmt: skip


UNDER_WAY: dict[str, dict[str, object]] = {
    "ablation": {},
    "speed": {"recipe": "idc"},
    "sampling": {"recipe": "dream", "clusters": 16},
    "interval": {"recipe": "dream+", "interval": 5},
    "cross-architecture": {},
    "cost": {},
    "pruning": {"recipe": "random", "outer": 0, "keep": 0.5},
    "continual": {"recipe": "dm", "increments": 5},
    "center-boundary": {},
}
SHOWN = {
    "speed": {"accuracy"},
    "interval": {"accuracy.along"},
    "continual": {"accuracy.seen"},
    "center-boundary": {"accuracy", "gradient.norm"},
}
"""What is shown of runs under way: curves, because these say at which step each value was measured."""


@pytest.mark.parametrize("name", UNDER_WAY)
def test_a_run_under_way_changes_nothing_of_what_a_finished_one_says(name: str) -> None:
    """Its score is that of an evaluation on the way, its seconds are not all, its curve is not whole."""

    def run(seed: int, finished: bool, value: float) -> Gathered:
        curves = {"accuracy": [(0, value), (50, value + 1)], "gradient.norm": [(0, value), (50, value)]}
        results = {what: (score(value),) for what in ("distilled", "full", f"{SEEN}2")}
        return gathered("IDC", seed, UNDER_WAY[name], curves, results, dict.fromkeys(PARTS, value), finished)

    rows = STUDIES[name].rows
    alone = rows([run(0, True, 95.0)])
    assert len(alone) > 0 and repr(rows([run(0, True, 95.0), run(1, False, 70.0)])) == repr(alone)
    assert {row.quantity for row in rows([run(1, False, 70.0)])} == SHOWN.get(name, set())


@pytest.mark.parametrize("target", [40.0, 50.0, 55.0, 60.0, 61.0, 79.99, 80.0, 85.0, 90.0])
def test_the_first_step_at_a_target(target: float) -> None:
    """Against a fine grid of numpy's interpolation."""
    steps, values = zip(*RISING, strict=True)
    grid = np.linspace(0, 50, 500_001)
    first = grid[np.argmax(np.interp(grid, steps, values) >= target)]
    assert reached([Point(*point) for point in RISING], target) == pytest.approx(first, abs=1e-3)


def test_never_is_not_a_number() -> None:
    assert math.isnan(reached([Point(*point) for point in RISING], 90.1))
    assert math.isnan(reached([], 1.0))


def test_iterations_speed_up_and_seconds_to_the_host() -> None:
    """IDC ends at 80 on average; DREAM is there between 10 and 20 inner loops, at 15; DREAM+ never."""
    flat = {"accuracy": [(0, 50.0), (20, 60.0), (50, 79.0)]}
    found = [
        gathered("IDC", 0, {"recipe": "idc"}, flat),
        gathered("IDC", 1, {"recipe": "idc"}, {"accuracy": [(0, 50.0), (20, 60.0), (50, 81.0)]}),
        gathered("DREAM", 0, {"recipe": "dream"}, {"accuracy": [(0, 60.0), (10, 70.0), (20, 90.0), (50, 95.0)]}),
        gathered("DREAM+", 0, {"recipe": "dream+"}, flat),
    ]
    rows = STUDIES["speed"].rows(found)
    values = {name: one(rows, "DREAM", "IDC", name).value for name in ("iterations", "speed-up", "seconds")}
    assert values == pytest.approx({"iterations": 1.5, "speed-up": 5 / 1.5, "seconds": 1.5 * 10 * 0.75})
    assert one(rows, "IDC", "IDC", "iterations")[3:6:2] == (5.0, 2) and one(rows, "IDC", "IDC", "speed-up").value == 1
    assert all(math.isnan(one(rows, "DREAM+", "IDC", name).value) for name in values)


def test_a_warm_up_counts_measurements_do_not() -> None:
    """Five outer iterations of 10 inner loops: 0.75 s each without the rest."""
    plain = gathered("Interval 5", settings={"recipe": "dream+", "interval": 5})
    rows = STUDIES["interval"].rows([plain])
    assert one(rows, "DREAM+", 5.0, "seconds").value == pytest.approx(5 * 10 * 0.75)
    assert STUDIES["interval"].rows([plain._replace(parts={})]) == []


def test_the_accuracy_on_the_way_is_told_by_interval() -> None:
    """Mean over both seeds at every evaluation; the end of the curve is what stands over the interval."""
    found = [
        gathered("Interval 5", seed, {"recipe": "dream+", "interval": 5}, {"accuracy": [(0, 50.0), (20, 60.0 + seed), (50, 80.0 + seed)]},
                 {"distilled": (score(80.0 + seed),)})
        for seed in (0, 1)
    ]  # fmt: skip
    rows = STUDIES["interval"].rows(found)
    along = [(row.series, row.x, row.value) for row in rows if row.quantity == "accuracy.along"]
    assert along == [("Interval 5", 0.0, 50.0), ("Interval 5", 2.0, 60.5), ("Interval 5", 5.0, 80.5)]
    assert one(rows, "DREAM+", 5.0).value == 80.5


def test_runs_under_way_tell_nothing_of_the_end() -> None:
    half = gathered("IDC", curves={"accuracy": [(0, 50.0), (50, 95.0)]}, finished=False)
    whole = gathered("DREAM", curves={"accuracy": [(0, 50.0), (50, 95.0)]})
    assert to_host([half, whole], lambda _: "IDC", lambda one: (one.cell, "IDC")) == []
    assert to_host([half, whole], lambda _: "DREAM", lambda one: (one.cell, ""))[0].value == 5.0


@pytest.mark.parametrize(("end", "said"), [(95.0, []), (60.0, []), (70.0, [("iterations", 5.0)])])
def test_start_and_end_alone_do_not_tell_how_soon(end: float, said: list[tuple[str, float]]) -> None:
    """Above the host at the end, or below: in between nobody has looked. Only what was measured is told."""
    found = [gathered("IDC", curves={"accuracy": [(0, 0.0), (25, 40.0), (50, 70.0)]}), gathered("DREAM", curves={"accuracy": [(0, 50.0), (50, end)]})]  # fmt: skip
    rows = to_host(found, lambda _: "IDC", lambda one: (one.cell, "IDC"))
    assert [(row.quantity, row.value) for row in rows if row.series == "DREAM"][:1] == said


def test_no_speed_up_from_the_very_start() -> None:
    """A cell that begins where its host ends needs no iteration at all: nothing can be divided by that."""
    found = [
        gathered("IDC", curves={"accuracy": [(0, 0.0), (50, 70.0)]}),
        gathered("DREAM", curves={"accuracy": [(0, 75.0), (50, 80.0)]}),
    ]
    rows = [row for row in STUDIES["speed"].rows(found) if row.series == "DREAM" and row.quantity != "accuracy"]
    assert [(row.quantity, row.value) for row in rows] == [("iterations", 0.0), ("seconds", 0.0)]


def test_every_host_is_compared_with_itself() -> None:
    cells = STUDIES["speed"].cells("digits")
    hosts = {"IDC": 70.0, "IDC-feature": 60.0, "DC": 40.0, "DSA": 50.0}
    found = [
        gathered(
            cell.label,
            settings=dict(cell.settings),
            curves={"accuracy": [(at, at / 50 * hosts.get(cell.label, 70.0)) for at in (0, 10, 50)]},
        )
        for cell in cells
    ]
    rows = {row.series: row for row in STUDIES["speed"].rows(found) if row.quantity == "iterations"}
    assert {name: row.x for name, row in rows.items()} == {
        "IDC": "IDC", "DREAM": "IDC", "DREAM+": "IDC", "IDC-feature": "IDC-feature", "IDC-feature + DREAM": "IDC-feature",
        "DC": "DC", "DC + DREAM+": "DC", "DSA": "DSA", "DSA + DREAM+": "DSA",
    }  # fmt: skip
    assert rows["DC + DREAM+"].value == pytest.approx(5 * 40 / 70) and rows["DSA"].value == 5


def test_the_grid_of_clusters() -> None:
    settings = {"recipe": "dream", "clusters": 16, "per_cluster": 2}
    rows = STUDIES["sampling"].rows([gathered("any", settings=settings, results={"distilled": (score(90.0, 91.0),)})])
    assert [row[:4] for row in rows] == [("DREAM, 2 per cluster", 16.0, "accuracy", 90.5)]


def test_architectures() -> None:
    results = {"distilled": (score(90.0, 92.0), score(70.0, 72.0, network="resnet10"))}
    rows = STUDIES["cross-architecture"].rows([gathered("DREAM", results=results)])
    assert [row[:4] for row in rows] == [
        ("DREAM", "convnet", "accuracy", 91.0),
        ("DREAM", "resnet10", "accuracy", 71.0),
    ]


def test_the_cost_of_an_inner_loop() -> None:
    rows = STUDIES["cost"].rows(
        [gathered("IDC"), gathered("IDC", 1, parts=dict.fromkeys(PARTS, 0.0)), gathered("DREAM", parts={})]
    )
    assert {row.series: (row.x, row.value, row.std) for row in rows} == {
        "Clustering": ("IDC", 0.05, 0.05), "Matching": ("IDC", 0.1, 0.1), "Network training": ("IDC", 0.2, 0.2),
        "Warming up networks": ("IDC", 0.025, 0.025), "Measuring, keeping": ("IDC", 0.4, 0.4),
    }  # fmt: skip


def test_classes_seen() -> None:
    """Two seeds with two networks each: pooled over all four, as numpy does it."""
    values = {classes: np.random.default_rng().uniform(50, 100, (2, 2)) for classes in (2, 4, 6, 8, 10)}
    found = [
        gathered("DM", seed, {"recipe": "dm", "increments": 5},
                 results={f"{SEEN}{classes}": (score(*of[seed]),) for classes, of in values.items()} | {"distilled": (score(1.0),)})
        for seed in (0, 1)
    ]  # fmt: skip
    rows = STUDIES["continual"].rows(found)
    assert [(row.series, row.x, row.quantity, row.n) for row in rows] == [
        ("DM", float(classes), "accuracy.seen", 4) for classes in values
    ]
    for row, of in zip(rows, values.values(), strict=True):
        assert (row.value, row.std) == pytest.approx((np.mean(of), np.std(of)))


def test_all_images_end_every_series_of_the_pruning() -> None:
    full = {"full": (score(90.0, 94.0),)}
    found = [
        gathered(
            f"{prune} {keep}", settings={"recipe": "random", "outer": 0, "prune": prune, "keep": keep}, results=full
        )
        for prune, keep in (("random", 0.25), ("el2n", 0.5), ("uncertainty", 1.0))
    ]
    rows = STUDIES["pruning"].rows(found)
    assert [(row.series, row.x) for row in rows] == [("random", 0.25), ("el2n", 0.5), ("random", 1.0), ("el2n", 1.0)]
    assert all((row.value, row.n) == (92.0, 2) for row in rows)


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_that_has_just_begun(name: str) -> None:
    assert STUDIES[name].rows([]) == STUDIES[name].rows([gathered("IDC", parts={})]) == []

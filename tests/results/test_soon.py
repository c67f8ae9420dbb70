"""How soon a level is reached: by the mean curve of the sets, whatever a single one of them does."""

from __future__ import annotations

import numpy as np
import pytest

from engine.config import RunConfig, build
from engine.results import Entry, iterations_to
from engine.results.entry import Point


def entry(config: RunConfig, *points: tuple[int, float]) -> Entry:
    return Entry("0" * 8, "", config, {}, 1.0, "CPU", 1.0, {"accuracy": tuple(Point(s, v, 0.0) for s, v in points)})


def crossing(curves: list[dict[int, float]], level: float, inner: int) -> float | None:
    """Oracle: the first outer iteration, on a fine grid, at which the mean of the curves, each interpolated by NumPy between the
    steps that all of them have, is at the level."""
    steps = sorted(set.intersection(*(set(curve) for curve in curves)))
    grid = np.linspace(steps[0], steps[-1], 200_001)
    mean = np.mean([np.interp(grid, steps, [curve[step] for step in steps]) for curve in curves], axis=0)
    there = np.flatnonzero(mean >= level - 1e-9)
    return float(grid[there[0]]) / inner if len(there) else None


RISING = {0: 50.0, 10: 70.0, 20: 90.0, 30: 95.0}
SOON = {0: 60.0, 20: 80.0, 30: 82.0}
NEVER = {0: 10.0, 10: 15.0, 20: 20.0}


@pytest.mark.parametrize(
    ("curves", "level"),
    [
        ([RISING], 80.0),
        ([RISING, NEVER], 54.0),  # one of them never is that good; their mean is
        ([RISING, NEVER], 80.0),
        ([RISING, SOON], 80.0),  # measured at different steps: at 10 there is no mean
        ([NEVER, RISING, NEVER], 30.0),
        ([{0: 80.0, 10: 60.0, 20: 90.0}], 80.0),
    ],
)
def test_the_mean_curve_reaches_the_level(curves: list[dict[int, float]], level: float) -> None:
    config = build({"dataset": "digits", "inner": 10}, check=False)
    found = iterations_to([entry(config, *curve.items()) for curve in curves], level)
    expected = crossing(curves, level, 10)
    assert found and (found.target, found.sets) == (level, len(curves))
    if expected is None:
        assert found.iterations is None and found.words == "not reached"
    else:
        assert found.iterations == pytest.approx(expected, abs=1e-4)
        assert found.words == f"{found.iterations:.3g} outer iterations"


def test_sets_that_never_get_there_make_no_method_faster() -> None:
    config = build({"dataset": "digits", "inner": 10}, check=False)
    alone = iterations_to([entry(config, *RISING.items())], 54.0)
    both = iterations_to([entry(config, *RISING.items()), entry(config, *NEVER.items())], 54.0)
    assert alone and both and alone.iterations and both.iterations and both.iterations > alone.iterations


@pytest.mark.parametrize(
    "curves",
    [
        [{0: 50.0, 240: 90.0}],  # a run with evaluate_every=0: somewhere in between it was at 80
        [{0: 50.0, 240: 70.0}],  # it ends lower: somewhere in between it may have been higher
        [{0: 50.0, 60: 85.0, 240: 90.0}, {0: 50.0, 120: 85.0, 240: 90.0}],  # their mean was never measured in between
        [{240: 70.0}],
    ],
)
def test_what_was_not_measured_in_between_has_no_number(curves: list[dict[int, float]]) -> None:
    config = build({"dataset": "digits", "inner": 60}, check=False)
    found = iterations_to([entry(config, *curve.items()) for curve in curves], 80.0)
    assert found and (found.iterations, found.known) == (None, False)
    assert found.words == "not measured between start and end"


def test_a_start_that_is_there_already_was_measured() -> None:
    config = build({"dataset": "digits", "inner": 60}, check=False)
    found = iterations_to([entry(config, (0, 81.0), (240, 90.0))], 80.0)
    assert found and (found.iterations, found.known, found.words) == (0.0, True, "0 outer iterations")


def test_without_a_curve_nothing_is_said_of_how_soon() -> None:
    config = build({"dataset": "digits", "inner": 10}, check=False)
    assert iterations_to([entry(config)], 80.0) is None and iterations_to([], 80.0) is None
    known = iterations_to([entry(config), entry(config, *RISING.items())], 80.0)
    assert known and known.sets == 1 and known.iterations == pytest.approx(1.5)

"""The time left, on a clock that a test can set."""

from __future__ import annotations

import pytest

from engine.runner.pace import Pace
from tests.runner.fake import config_of


def test_unknown_until_something_was_measured() -> None:
    pace = Pace(config_of())
    assert pace.left(0.0) is None
    pace.opened(10, 1437, 1.0)
    pace.stepped(1, 5.0)
    assert pace.left(5.0) is None


def test_steps_and_evaluations_ahead() -> None:
    """10 x 10 loops of 2 s; evaluations of 7 s at 40, 80 and 100; as long for random images; no full data."""
    pace = Pace(config_of(outer=10, inner=10, evaluate_every=40, full_epochs=0))
    pace.opened(10, 1437, 0.0)
    pace.phase_began(3.0)
    pace.evaluated("initial", 0, 10.0)
    for step in range(1, 31):
        pace.stepped(step, 10.0 + 2 * step)
    assert pace.left(70.0) == pytest.approx(70 * 2 + 4 * 7)
    assert pace.left(75.0) == pytest.approx(70 * 2 + 4 * 7 - 5)
    assert pace.left(1e6) == 0


def test_the_last_evaluations() -> None:
    """After the last loop: the distilled images, random ones, and the full data, counted in steps of their training."""
    pace = Pace(config_of(outer=1, inner=2, ipc=1, factor=2, eval_epochs=100, full_epochs=10, evaluate_every=0))
    pace.opened(classes=10, train=640, now=0.0)  # 40 images: 1 step an epoch, 100 in all; full: 10 x 10 = 100 steps
    pace.evaluated("initial", 0, 5.0)
    pace.stepped(1, 6.0)
    pace.stepped(2, 7.0)
    assert pace.left(7.0) == pytest.approx(5 + 5 + 5)
    pace.evaluated("distilled", 2, 12.0)
    assert pace.left(12.0) == pytest.approx(10)
    pace.evaluated("random", 2, 17.0)
    assert pace.left(17.0) == pytest.approx(5)
    pace.evaluated("full", 2, 22.0)
    assert pace.left(22.0) == 0


def test_the_full_data_are_counted_in_the_steps_of_their_protocol() -> None:
    """E-DC trains in batches of 256: 10 images are a step an epoch, 512 two, so 50 epochs of these are 100 steps of 100."""
    pace = Pace(
        config_of(protocol="E-DC", ipc=1, factor=1, eval_epochs=100, full_epochs=50, outer=1, inner=2, evaluate_every=0)
    )
    pace.opened(classes=10, train=512, now=0.0)
    pace.evaluated("initial", 0, 5.0)
    pace.stepped(1, 6.0)
    pace.stepped(2, 7.0)
    pace.evaluated("distilled", 2, 12.0)
    pace.evaluated("random", 2, 17.0)
    assert pace.left(17.0) == pytest.approx(5)


def test_the_speed_is_that_of_late() -> None:
    pace = Pace(config_of(outer=10, inner=100, full_epochs=0))
    pace.opened(10, 640, 0.0)
    now = 0.0
    for step in range(1, 501):
        now += 0.1 if step <= 100 else 1.0
        pace.stepped(step, now)
    assert pace.left(now) == pytest.approx(500.0, rel=0.05)

"""The step control: which steps there are, told shortly, and which of them is meant."""

from __future__ import annotations

import random

from app.components.steps import nearest, ranges


def test_ranges_say_every_step() -> None:
    draw = random.Random(1)
    for _ in range(300):
        steps = sorted(draw.sample(range(200), draw.randint(1, 40)))
        assert [first + i * by for first, by, count in ranges(steps) for i in range(count)] == steps
    assert ranges([*range(0, 10_000, 20), 9_990]) == [[0, 20, 500], [9990, 0, 1]] and ranges([]) == []


def test_the_nearest_step_there_is() -> None:
    assert nearest([0, 10, 20], None) == 20
    assert [nearest([0, 10, 20], wanted) for wanted in (0, 4, 6, 999)] == [0, 0, 10, 20]

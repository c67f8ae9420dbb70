"""The table of x-axes that a run's curves can be drawn over."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from app.charts.table import Points, Scene, Table, thin

CLOCK_POINTS = 200  # that say when a step was reached
_ROUND = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)  # times a power of ten: where an axis without a known end ends


class Axis(NamedTuple):
    """`title` with its unit is written under the figures, `help` says what is counted. `per_loop` is what one inner loop adds;
    None = the work time that was recorded with each value."""

    title: str
    help: str
    per_loop: Callable[[Scene], float] | None


AXES: dict[str, Axis] = {
    "Inner loops": Axis("Inner loops", "One update of all synthetic images.", lambda _: 1.0),
    "Outer iterations": Axis(
        "Outer iterations", "Inner loops / inner loops per outer iteration: each one starts with a fresh network.",
        lambda scene: 1 / max(1, scene.config.inner),
    ),
    "Seconds": Axis("Work time [s]", "Seconds at work, pauses left out, measurements and evaluations counted.", None),
    "Images seen": Axis(
        "Real images matched with [images]",
        "Inner loops x classes x real images picked per class: what the synthetic images were matched with, repeats counted each "
        "time. Images that only train the network are not counted.",
        lambda scene: float(max(1, scene.classes) * scene.config.picks_per_class),
    ),
}  # fmt: skip
LOOPS = "Inner loops"


def axis(scene: Scene) -> Axis:
    return AXES[scene.axis]


def places(points: Points, scene: Scene) -> Sequence[float]:
    """Where the values of a curve lie on the scene's axis."""
    if scene.axis == LOOPS:
        return list(points.steps)
    each = axis(scene).per_loop
    return list(points.seconds) if each is None else [each(scene) * step for step in points.steps]


def cursor(table: Table, scene: Scene) -> dict[str, Any]:
    """Where steps lie on the scene's axis, for the line at the chosen step: straight between `steps`, at `at`."""
    each, total = axis(scene).per_loop, scene.config.total_steps
    steps, at = [0, total], [0.0, total * (each(scene) if each else 0.0)]
    if each is None:
        known = thin(clock(table), CLOCK_POINTS)
        steps, at = list(known.steps), [round(second, 2) for second in known.values]
    return {"run": scene.run, "step": scene.step, "steps": steps, "at": at}


def clock(table: Table) -> Points:
    """Seconds of work over steps, of the quantity that was recorded most often."""
    fullest = max((p for p in table.values() if p.seconds), key=lambda p: len(p.steps), default=Points((), ()))
    return Points(fullest.steps, fullest.seconds)


def end(table: Table, scene: Scene) -> float:
    """Where the axis ends; the same for all figures of a run, and seldom another."""
    each = axis(scene).per_loop
    if each is None:
        return roomy(max((points.seconds[-1] for points in table.values() if points.seconds), default=0.0))
    last = max((points.steps[-1] for points in table.values() if points.steps), default=0)
    loops: int = scene.config.total_steps
    return float(each(scene) * loops / 2 ** halvings(last, loops))


def halvings(last: int, total: int) -> int:
    """How often `total` can be halved with `last` still inside; at most to ten steps."""
    if last <= 0:
        return 0 if total <= 20 else int(math.log2(total / 10))
    return max(0, min(int(math.log2(total / last)), int(math.log2(max(total / 10, 1)))))


def roomy(last: float) -> float:
    """The next of a few round numbers."""
    if last <= 0:
        return 1.0
    ten = 10.0 ** math.floor(math.log10(last))
    return next((ten * share for share in _ROUND if ten * share >= last), 10 * ten)

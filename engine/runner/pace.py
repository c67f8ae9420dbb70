"""How long a run still takes, from what was measured in this life of it."""

from __future__ import annotations

import math
from collections import deque

from engine.config import RunConfig
from engine.protocols import PROTOCOLS

WINDOW = 60.0  # seconds of recent work that the speed is taken from


class Pace:
    """Fed with the run's events, asked for the seconds left. Times are any clock's, in seconds."""

    def __init__(self, config: RunConfig) -> None:
        self._config = config
        self._steps: deque[tuple[float, int]] = deque()
        self._cost = 0.0  # seconds of one evaluation of the synthetic images
        self._full = 0.0  # the full-data baseline, in evaluations
        self._last = self._phase_at = 0.0
        self._speed: float | None = None
        self._measured = -1  # the step whose images were evaluated last
        self._planned: float | None = None
        self._waiting = {"random", "full"} if config.full_epochs else {"random"}

    def opened(self, classes: int, train: int, now: float) -> None:
        """The data is read: the work of the full-data baseline is known in terms of that of an evaluation."""
        small = classes * self._config.ipc * self._config.factor**2
        batch = PROTOCOLS[self._config.protocol].batch
        steps = self._config.eval_epochs * math.ceil(small / batch)
        self._full = self._config.full_epochs * math.ceil(train / batch) / steps
        self._last = now

    def phase_began(self, now: float) -> None:
        """Something other than inner loops began: an evaluation, perhaps."""
        self._phase_at = now

    def stepped(self, step: int, now: float) -> None:
        """`step` inner loops are done."""
        self._steps.append((now, step))
        while now - self._steps[0][0] > WINDOW and len(self._steps) > 2:
            self._steps.popleft()
        self._last = now
        self._plan(step)

    def evaluated(self, what: str, step: int, now: float) -> None:
        """An evaluation ended; the time since its phase began was its own, and no inner loop's."""
        self._waiting.discard(what)
        if what in ("initial", "distilled"):
            self._cost = now - max(self._last, self._phase_at)
            self._measured = step
        self._steps.clear()
        self._last = now
        self._plan(step)

    def left(self, now: float) -> float | None:
        """Seconds until the run is finished; None while too little is known."""
        return None if self._planned is None else max(self._planned - (now - self._last), 0.0)

    def _plan(self, step: int) -> None:
        if (rate := self._rate()) is not None:
            self._speed = rate
        if step < self._config.total_steps and self._speed is None:
            return
        baselines = ("random" in self._waiting) + self._full * ("full" in self._waiting)
        evaluations = self._evaluations_after(step) + (step > self._measured and self._due(step)) + baselines
        self._planned = (self._config.total_steps - step) * (self._speed or 0.0) + evaluations * self._cost

    def _due(self, step: int) -> bool:
        every = self._config.evaluate_every
        return step == self._config.total_steps or bool(step and every and step % every == 0)

    def _evaluations_after(self, step: int) -> int:
        total, every = self._config.total_steps, self._config.evaluate_every
        regular = total // every - step // every if every else 0
        return regular + (step < total and not (every and total % every == 0))

    def _rate(self) -> float | None:
        """Seconds per inner loop."""
        if len(self._steps) < 2:
            return None
        (t0, s0), (t1, s1) = self._steps[0], self._steps[-1]
        return (t1 - t0) / (s1 - s0) if s1 > s0 else None

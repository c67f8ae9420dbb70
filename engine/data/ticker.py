"""Progress of long reading, passed on often enough that a wish to stop is served, and seldom enough to cost nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from engine.events import Progress, Report

T = TypeVar("T")
PERIOD = 0.1  # seconds between two reports of the same phase
MB, KB = 10**6, 10**3  # bytes


def silent(progress: Progress) -> None:
    """Nobody listens."""


class Ticker:
    """Call it as often as you like; `report` hears every new phase at once and the same phase ten times a second.

    `report` may raise to end the reading. What it raised is kept in `raised`, so that code which turns a parser's errors
    into sentences can tell the listener's wish from a damaged file.
    """

    def __init__(self, report: Report = silent) -> None:
        self.report = report
        self.raised: BaseException | None = None
        self._phase, self._last = "", 0.0

    def __call__(self, phase: str, done: int = 0, total: int = 0) -> None:
        now = time.monotonic()
        if phase == self._phase and now - self._last < PERIOD:
            return
        self._phase, self._last = phase, now
        try:
            self.report(Progress(phase, done, total))
        except BaseException as wish:
            self.raised = wish
            raise


def watched(work: Callable[[threading.Event], T], tick: Callable[[], None]) -> T:
    """The result of `work`, which blocks and so runs in a thread, while `tick` is called: once before, then several times
    a second.

    `work` is given an event to look at: it is set when `tick` raises, and `work` then ends as soon as it can.
    Raises what `work` or `tick` raise.
    """
    leave = threading.Event()
    results: list[T] = []
    errors: list[BaseException] = []

    def body() -> None:
        try:
            results.append(work(leave))
        except BaseException as error:  # handed to the one who waits
            errors.append(error)

    tick()
    thread = threading.Thread(target=body, daemon=True)
    thread.start()
    try:
        thread.join(PERIOD)
        while thread.is_alive():
            tick()
            thread.join(PERIOD)
    finally:
        leave.set()
        thread.join(5)
    if errors:
        raise errors[0]
    return results[0]

"""Progress passed on, and blocking work watched."""

from __future__ import annotations

import threading

import pytest

from engine.data.ticker import Ticker, watched
from engine.events import Progress


class Stop(Exception):
    pass


def test_every_phase_is_heard_and_repeats_are_thinned() -> None:
    heard: list[Progress] = []
    tick = Ticker(heard.append)
    for done in range(1000):
        tick("one", done, 1000)
    tick("two")
    assert heard[0] == Progress("one", 0, 1000)
    assert heard[-1] == Progress("two", 0, 0)
    assert len(heard) < 500


def test_what_the_listener_raised_is_kept() -> None:
    def report(_: Progress) -> None:
        raise Stop

    tick = Ticker(report)
    with pytest.raises(Stop) as caught:
        tick("one")
    assert tick.raised is caught.value


def test_watched_gives_the_result_or_the_error() -> None:
    assert watched(lambda _: 7, lambda: None) == 7
    with pytest.raises(ZeroDivisionError):
        watched(lambda _: 1 // 0, lambda: None)


def test_the_watched_work_hears_that_it_may_leave() -> None:
    left = threading.Event()

    def work(leave: threading.Event) -> None:
        leave.wait()
        left.set()

    ticks = iter([None])

    def tick() -> None:
        if next(ticks, Stop) is Stop:
            raise Stop

    with pytest.raises(Stop):
        watched(work, tick)
    assert left.is_set()

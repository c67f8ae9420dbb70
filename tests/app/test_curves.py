"""Curves in memory: every point once, also when a run writes steps again, also for several pages at a time."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.parts.curves import Curves
from engine import api
from engine.api import MetricRow


class Store:
    """Rows as the store gives them: newer than the cursor, oldest first. `asked` are the cursors it was asked with."""

    def __init__(self) -> None:
        self.rows: list[MetricRow] = []
        self.asked: list[int] = []

    def metrics(self, _run: str, names: object = (), after: int = 0) -> tuple[list[MetricRow], int]:
        self.asked.append(after)
        return self.rows[after:], len(self.rows)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    store = Store()
    monkeypatch.setattr(api, "metrics", store.metrics)
    return store


def test_reading_in_pieces_gives_what_reading_at_once_gives(store: Store) -> None:
    draw = random.Random(1)
    pieces = Curves("a")
    for step in range(300):
        store.rows += [MetricRow(step, name, draw.random(), 0.0) for name in ("x", "y") if draw.random() < 0.7]
        if draw.random() < 0.2:
            pieces.read()
    assert pieces.read() == Curves("a").read()
    assert store.asked == [*sorted(store.asked[:-1]), 0], "only what is new is asked for"


def test_a_step_written_again_counts_once_with_its_later_value(store: Store) -> None:
    curves = Curves("a")
    store.rows += [MetricRow(step, "x", float(step), 0.0) for step in (0, 10, 20, 30)]
    curves.read()
    store.rows += [MetricRow(step, "x", -float(step), 0.0) for step in (20, 30, 40)]
    table, _ = curves.read()
    assert (list(table["x"].steps), list(table["x"].values)) == ([0, 10, 20, 30, 40], [0.0, 10.0, -20.0, -30.0, -40.0])


def test_nothing_new_gives_the_same_table(store: Store) -> None:
    store.rows.append(MetricRow(0, "x", 1.0, 0.0))
    curves = Curves("a")
    assert curves.read()[0] is curves.read()[0]


def test_pages_reading_at_the_same_time_lose_nothing(store: Store) -> None:
    store.rows += [MetricRow(step, "x", 1.0, 0.0) for step in range(2000)]
    curves = Curves("a")
    with ThreadPoolExecutor(8) as pool:
        tables = list(pool.map(lambda _: curves.read()[0], range(64)))
    assert all(len(table["x"].steps) == 2000 for table in tables)

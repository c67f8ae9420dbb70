"""What a person sees of a run's page in a browser."""

from __future__ import annotations

import time
from collections.abc import Callable

from playwright.sync_api import Locator, Page

from app.charts.catalog import CHARTS
from engine.config import build


def state(page: Page, word: str) -> Locator:
    """The badge of the run's state, when it says `word`."""
    return page.locator(".st-key-run-state").get_by_text(word)


def chart(page: Page, title: str) -> Locator:
    return page.locator(f".live-chart[aria-label^='{title}']")


def points(page: Page) -> dict[str, int]:
    """Points drawn so far, by the figure's title."""
    have: dict[str, str] = page.evaluate(
        "() => Object.fromEntries([...document.querySelectorAll('.live-chart.ready')].map("
        "e => [e.getAttribute('aria-label').split('.')[0], e.dataset.points ?? '0']))"
    )
    return {title: int(count) for title, count in have.items()}


def titles() -> set[str]:
    """Of every figure that a DREAM+ run draws."""
    config = build({"dataset": "digits", "recipe": "dream+"})
    return {chart.title for chart in CHARTS.values() if chart.shown(config)}


def metric(page: Page, label: str) -> str:
    """The number under a label, as it is shown."""
    card = page.get_by_test_id("stMetric").filter(has=page.get_by_text(label, exact=True))
    return card.get_by_test_id("stMetricValue").inner_text()


def until(true: Callable[[], bool], seconds: float, what: str) -> float:
    """Waits for something to become true; seconds it took. AssertionError after `seconds`."""
    started = time.monotonic()
    while not true():
        assert time.monotonic() - started < seconds, f"not within {seconds:g} s: {what}"
        time.sleep(0.1)
    return time.monotonic() - started

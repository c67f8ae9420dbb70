"""A study from its button to its figure, on real digits runs. One of them always; every one of them, as launched by a person, takes
half an hour and is asked for: `DISTILLERY_STUDIES=all python -m pytest tests/e2e/test_study_pages.py -s`."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from engine import api
from engine.studies import STUDIES
from tests.e2e import sight
from tools.served import Served

ALL = os.environ.get("DISTILLERY_STUDIES", "") == "all"
FIGURE = {
    "gallery": ".gallery figure, img",
    "embedding": ".live-chart.ready",
}  # what the page shows, by the study's shape
LIMIT = 600  # seconds for a whole study on two cores
LONG = 120_000  # milliseconds


@pytest.mark.parametrize("name", STUDIES if ALL else ["mmd"])
def test_a_study_runs_to_its_figure(
    name: str, serve: Callable[..., Served], page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISTILLERY_HOME", str(tmp_path / "workspace"))
    web = serve()
    page.goto(f"{web.url}/studies")
    page.locator(f".st-key-study-digits-{name} button").first.click(timeout=LONG)
    expect(page.get_by_role("heading", name=STUDIES[name].title)).to_be_visible(timeout=LONG)
    began = time.monotonic()
    (record,) = api.list_studies()
    sight.until(lambda: not api.get_study(record.id).is_live, LIMIT, f"{name} runs to its end")
    print(f"{name}: {len(record.members)} runs in {time.monotonic() - began:.0f} s")
    done = api.get_study(record.id)
    assert (done.state, done.failed) == ("finished", ())
    expect(page.locator(".st-key-study-state").get_by_text("finished")).to_be_visible(timeout=LONG)
    figure = page.locator(FIGURE.get(STUDIES[name].shape, ".live-chart.ready")).first
    expect(figure).to_be_visible(timeout=LONG)
    assert page.get_by_role("alert").count() == 0
    page.screenshot(path=str(tmp_path / f"{name}.png"), full_page=True)

"""A run's story on the full screen, and its report opened from the disk without a network."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from engine import api
from tests.e2e.conftest import Gallery
from tests.e2e.sight import until

SLIDES = ["problem", "real", "growth", "batches", "curves", "accuracy", "made"]
LONG = 120_000  # milliseconds
ROOT = Path(__file__).resolve().parents[2]


def test_a_story_is_told_and_taken_along(
    gallery: Gallery, browser: Browser, page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISTILLERY_HOME", gallery.home)
    run_id = gallery.runs["dream+ 0"]
    the_keyboard_leads_through_it(page, gallery, run_id)
    path = tmp_path / "report.html"
    command = (sys.executable, "-m", "app.report", run_id, "--to", str(path))
    subprocess.run(command, cwd=ROOT, env=os.environ | {"DISTILLERY_HOME": gallery.home}, check=True, timeout=120)
    assert path.stat().st_size < 10_000_000
    the_report_needs_no_network(browser, path, run_id)


def the_keyboard_leads_through_it(page: Page, gallery: Gallery, run_id: str) -> None:
    page.goto(f"{gallery.url}/present?id={run_id}")
    story = page.locator(".story")
    expect(story.locator(".slide")).to_have_count(len(SLIDES), timeout=LONG)
    covers = "e => { const b = e.getBoundingClientRect(); return [b.left, b.top, b.width, b.height, document.elementFromPoint(700, 5).closest('.story') === e] }"
    assert story.evaluate(covers) == [0, 0, 1440, 900, True]
    for number, name in enumerate(SLIDES, 1):
        expect(story).to_have_attribute("data-slide", name)
        expect(story.locator(".slide:visible")).to_have_count(1)
        expect(story.locator("[aria-current]")).to_have_attribute(
            "aria-label", f"Slide {number}: {story.locator('.slide.shown').get_attribute('data-short')}"
        )
        for chart in story.locator(".slide.shown .chart").all():
            expect(chart).to_have_class("chart ready")
        if name == "growth":
            it_grows_by_itself(page, story)
        page.keyboard.press("ArrowRight")
    page.wait_for_url(f"**slide={len(SLIDES)}")
    page.keyboard.press("Home")
    expect(story).to_have_attribute("data-slide", SLIDES[0])
    page.keyboard.press("PageDown")
    expect(story).to_have_attribute("data-slide", SLIDES[1])
    page.wait_for_url("**slide=2")
    page.go_back()
    expect(story).to_have_attribute("data-slide", SLIDES[0])
    page.goto(f"{gallery.url}/present?id={run_id}&slide=6")
    expect(story).to_have_attribute("data-slide", SLIDES[5])
    page.keyboard.press("Escape")
    page.wait_for_url(f"**/run?id={run_id}")


def it_grows_by_itself(page: Page, story: Locator) -> None:
    canvas = story.locator("canvas")
    first = canvas.get_attribute("data-step")
    until(lambda: canvas.get_attribute("data-step") != first, 10, "S grows by itself")
    page.keyboard.press("a")
    expect(story.get_by_role("button", name="Play", exact=True)).to_be_visible()
    assert story.locator(".slide.shown output").inner_text().startswith("inner loop")
    expect(story.locator(".slide.shown .cursor")).to_be_visible()


def the_report_needs_no_network(browser: Browser, path: Path, run_id: str) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, offline=True, color_scheme="dark")
    page, asked, wrong = context.new_page(), list[str](), list[str]()
    page.on("request", lambda request: asked.append(request.url.split(":")[0]))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(path.as_uri())
    expect(page.locator("html[data-ready]")).to_have_count(1, timeout=LONG)
    assert page.locator(".slide").count() == len(SLIDES)
    for plot in page.locator(".chart .plot").all():
        assert plot.locator("svg .trace, svg .bars").count() > 0
    canvas = page.locator("canvas")
    until(lambda: canvas.get_attribute("data-step") is not None, 10, "S is drawn")
    before = pixels(page)
    page.get_by_role("button", name="Play", exact=True).click()
    until(lambda: pixels(page) != before, 10, "the player moves")
    chart = page.locator('[data-chart="loss.gradient"]')
    with page.expect_download() as download:
        chart.get_by_role("button", name="CSV").click()
    _, *rows = csv.reader(io.StringIO(Path(download.value.path()).read_text()))
    stored = {row.step: row.value for row in api.metrics(run_id, ["loss.gradient"])[0]}
    assert stored and {int(step): float(value) for step, value in rows} == stored
    for form, begins in (("PNG", b"\x89PNG"), ("SVG", b"<svg")):
        with page.expect_download() as download:
            chart.get_by_role("button", name=form).click()
        assert Path(download.value.path()).read_bytes().startswith(begins)
        assert download.value.suggested_filename == f"dream-0-loss.gradient.{form.lower()}"
    assert not wrong and set(asked) <= {"file", "data", "blob"}, json.dumps([wrong, asked])
    context.close()


def pixels(page: Page) -> str:
    return str(page.locator("canvas").evaluate("e => e.toDataURL()"))

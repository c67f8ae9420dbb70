"""The demo, as a newcomer meets it: one click, a real run, and nothing that is closed or killed beside it matters."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.parts import words
from engine import api
from tests.e2e import sight
from tools.served import Served

FIRST, WHOLE = 180, 600  # seconds: generous, the machine may be busy; what it took is printed


def test_the_demo_from_click_to_accuracy(
    serve: Callable[..., Served], browser: Browser, page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "workspace"
    monkeypatch.setenv("DISTILLERY_HOME", str(home))
    web = serve(home)
    page.goto(web.url)
    page.get_by_role("button", name="Run the two-minute demo").click()
    clicked = time.monotonic()
    page.wait_for_url("**/run?id=*", timeout=FIRST * 1000)
    expect(sight.state(page, "running")).to_be_visible(timeout=FIRST * 1000)
    took = {"state running": time.monotonic() - clicked}
    run_id = page.url.split("id=")[1]

    for title in sight.titles():
        sight.until(lambda: sight.points(page).get(title, 0) > 0, FIRST, f"a point on '{title}'")  # noqa: B023
    took["first points on every curve"] = time.monotonic() - clicked
    a_tick_changes_nothing_but_the_data(page)

    page.context.close()
    seen = api.get_run(run_id).step
    again = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    again.goto(f"{web.url}/run?id={run_id}")
    expect(sight.state(again, "running")).to_be_visible()
    sight.until(lambda: set(sight.points(again)) == sight.titles(), FIRST, "every curve, in a browser opened anew")

    web.kill()
    sight.until(lambda: api.get_run(run_id).step > seen + 5, FIRST, "progress without any web server")
    assert api.get_run(run_id).state == "running"
    web = serve(home)
    again.goto(f"{web.url}/run?id={run_id}")
    expect(sight.state(again, "finished")).to_be_visible(timeout=WHOLE * 1000)
    took["finished"] = time.monotonic() - clicked

    the_page_says_what_the_store_says(again, run_id)
    sampling_shows_both_batches(again, web, run_id)
    again.context.close()
    print("\nfrom the click: " + ", ".join(f"{what} {seconds:.1f} s" for what, seconds in took.items()))


def a_tick_changes_nothing_but_the_data(page: Page) -> None:
    """A zoom, a drag under way and the figure itself outlive the ticks that bring new points."""
    figure = sight.chart(page, "Gradient loss")
    figure.scroll_into_view_if_needed()
    figure.evaluate("e => { e.querySelector('.plot').marked = true }")
    box = figure.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 120, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 220, box["y"] + 140, steps=5)
    time.sleep(2.5)
    assert figure.evaluate("e => e.querySelector('.plot')._dragging"), "a tick broke the drag off"
    page.mouse.up()
    zoom = "e => e.querySelector('.plot').layout.xaxis.range"
    time.sleep(0.5)
    chosen, before = figure.evaluate(zoom), sight.points(page)["Gradient loss"]
    sight.until(lambda: sight.points(page)["Gradient loss"] > before + 1, FIRST, "two more points")
    assert figure.evaluate(zoom) == chosen, "new points moved the axis that a person had set"
    assert figure.evaluate("e => e.querySelector('.plot').marked"), "the figure was made anew"
    page.mouse.dblclick(box["x"] + 150, box["y"] + 100)
    sight.until(lambda: figure.evaluate(zoom) != chosen, 10, "the whole axis after a double click")


def the_page_says_what_the_store_says(page: Page, run_id: str) -> None:
    run = api.get_run(run_id)
    for label, score in (
        ("Distilled images", run.accuracy),
        ("Before distilling", run.initial),
        ("Random real images", run.random),
        ("Full training set", run.full),
    ):
        assert score is not None
        assert sight.metric(page, label) == f"{score.mean:.1f} %"
    expect(page.locator(".gallery figure")).to_have_count(10)
    expect(page.locator(".sheet").first).to_contain_text(words.accuracy(run.accuracy))


def sampling_shows_both_batches(page: Page, web: Served, run_id: str) -> None:
    """Computed by the engine; a lasso lists the images inside it."""
    page.goto(f"{web.url}/sampling?id={run_id}&class=3")
    cloud = sight.chart(page, "Embedding of one class")
    expect(cloud).to_have_class("live-chart ready", timeout=FIRST * 1000)
    expect(page.get_by_text(re.compile(r"^Representative · \d+ images"))).to_be_visible()
    box = cloud.bounding_box()
    assert box is not None
    left, top, right, bottom = (
        box["x"] + 100,
        box["y"] + 80,
        box["x"] + box["width"] - 60,
        box["y"] + box["height"] - 90,
    )
    page.mouse.move(left, top)
    page.mouse.down()
    for x, y in ((right, top), (right, bottom), (left, bottom), (left, top)):
        page.mouse.move(x, y, steps=6)
    page.mouse.up()
    expect(page.get_by_text("Inside your lasso:")).to_be_visible()

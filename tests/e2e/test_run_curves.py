"""A live run's curves, images and embedding, driven as a person drives them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from engine import api
from tests.e2e import sight
from tools.served import Served

SMALL = {
    "dataset": "digits", "recipe": "dream+", "ipc": 2, "outer": 4000, "inner": 5, "width": 8, "depth": 2, "clusters": 8,
    "pretrain_epochs": 0, "net_samples_per_step": 32, "eval_epochs": 2, "eval_repeats": 1, "full_epochs": 0, "reference_epochs": 1,
    "snapshot_every": 20, "metrics_every": 1, "evaluate_every": 0, "migration_every": 20,
}  # fmt: skip
LONG = 120_000  # milliseconds for what a process has to be started for
LOSS, BATCHES = "Gradient loss", "How well a batch stands for its class"


def test_curves_images_and_embedding_of_a_live_run(
    serve: Callable[..., Served], page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISTILLERY_HOME", str(tmp_path / "workspace"))
    run = api.launch(SMALL, name="small")
    web = serve()
    page.goto(f"{web.url}/run?id={run.id}")
    expect(sight.state(page, "running")).to_be_visible(timeout=LONG)
    sight.until(lambda: sight.points(page).get(LOSS, 0) > 60, LONG / 1000, "some points")
    ten_ticks_keep_zoom_and_hidden_curves(page)
    api.stop(run.id)
    expect(sight.state(page, "stopped")).to_be_visible(timeout=LONG)
    the_step_moves_images_and_cursors(page, api.snapshots(run.id))
    an_image_is_looked_at_closely(page, api.snapshots(run.id)[-1])
    a_lasso_lists_real_images(page)
    step = api.snapshots(run.id)[2]
    page.goto(f"{web.url}/run?id={run.id}&step={step}&x=Seconds&smooth=Strong")
    expect(page.locator(".image-grid img").first).to_have_attribute("alt", f"class 0, step {step}")
    sight.until(lambda: cursors(page) == {str(step)}, 15, "the cursor of every curve")
    expect(sight.chart(page, LOSS).get_by_text("Work time [s]")).to_be_visible()
    expect(page.get_by_role("radio", name="Strong")).to_be_checked()


def state_of(page: Page, title: str) -> dict[str, Any]:
    """What the figure is at: its zoom, hidden curves, points and what has been sent for it."""
    found: dict[str, Any] = sight.chart(page, title).evaluate(
        "e => ({ ...e.dataset, zoom: e.querySelector('.plot').layout.xaxis.range.map((v) => v.toFixed(3)),"
        " hidden: e.querySelector('.plot').data.filter((t) => t.visible === 'legendonly').map((t) => t.legendgroup) })"
    )
    return found


def ten_ticks_keep_zoom_and_hidden_curves(page: Page) -> None:
    loss, batches = sight.chart(page, LOSS), sight.chart(page, BATCHES)
    loss.scroll_into_view_if_needed()
    box = loss.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 90, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 140, steps=4)
    page.mouse.up()
    batches.get_by_role("button", name=f"Menu of the figure {BATCHES}").click()
    batches.get_by_role("menuitemcheckbox", name="Random batch").click()
    sight.until(lambda: state_of(page, BATCHES)["hidden"] == ["Random batch"], 10, "the hidden curve")
    before, drawn, versions = state_of(page, LOSS), sight.points(page)[LOSS], set[str]()
    whole = int(before["wholes"])

    def ticked() -> bool:
        now = state_of(page, LOSS)
        versions.add(now["version"])
        assert now["zoom"] == before["zoom"], "a tick moved the axis that a person had set"
        return len(versions) > 10

    sight.until(ticked, 60, "ten ticks with news")
    after = state_of(page, LOSS)
    assert sight.points(page)[LOSS] > drawn and state_of(page, BATCHES)["hidden"] == ["Random batch"]
    assert int(after["wholes"]) == whole and int(after["patches"]) - int(before.get("patches", 0)) >= 10
    assert int(after["bytes"]) < 20_000, "patches, not whole figures"


def cursors(page: Page) -> set[str]:
    """The steps that the curves' cursors are at."""
    charts = page.locator(".live-chart.ready").filter(has=page.locator(".cursor:not([hidden])"))
    return {str(one.get_attribute("data-cursor")) for one in charts.all()}


def the_step_moves_images_and_cursors(page: Page, steps: list[int]) -> None:
    image = page.locator(".image-grid img").first
    expect(image).to_have_attribute("alt", f"class 0, step {steps[-1]}")
    page.evaluate("() => document.activeElement.blur()")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect(image).to_have_attribute("alt", f"class 0, step {steps[1]}")
    sight.until(lambda: cursors(page) == {str(steps[1])}, 5, "the cursors at the step")
    assert page.locator(".live-chart .cursor:not([hidden])").count() >= 6
    entry = page.get_by_label("Go to step")
    entry.fill(str(steps[2] + 1))
    entry.press("Enter")
    expect(image).to_have_attribute("alt", f"class 0, step {steps[2]}")
    page.wait_for_url(f"**step={steps[2]}*")
    page.keyboard.press(" ")
    expect(image).to_have_attribute("alt", f"class 0, step {steps[-1]}", timeout=LONG)


def an_image_is_looked_at_closely(page: Page, step: int) -> None:
    page.get_by_role("button", name=f"3, image 2, step {step}").press("Enter")
    closely = page.get_by_role("dialog")
    expect(closely.get_by_text("Class 3, image 2 of 2")).to_be_visible()
    expect(closely.get_by_text("L2 distance")).to_be_visible(timeout=LONG)
    page.wait_for_url("**image=3-1*")
    page.keyboard.press("Escape")
    page.wait_for_url(lambda url: "image=" not in url)


def a_lasso_lists_real_images(page: Page) -> None:
    page.get_by_role("tab", name="Embedding").click()
    cloud = sight.chart(page, "Synthetic images among the real ones")
    expect(cloud).to_have_class("live-chart ready", timeout=LONG)
    cloud.scroll_into_view_if_needed()
    box = cloud.bounding_box()
    assert box is not None
    left, top, right, bottom = box["x"] + 90, box["y"] + 70, box["x"] + box["width"] - 60, box["y"] + box["height"] - 90
    page.mouse.move(left, top)
    page.mouse.down()
    for x, y in ((right, top), (right, bottom), (left, bottom), (left, top)):
        page.mouse.move(x, y, steps=5)
    page.mouse.up()
    expect(page.get_by_text("Inside your lasso:")).to_be_visible()

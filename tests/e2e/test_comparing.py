"""Runs side by side, and the cells that are missing: on real runs, in a real browser."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from engine import api
from tests.e2e import sight
from tests.e2e.conftest import Gallery

LONG = 60_000  # milliseconds for what a process has to be started for
DRAWN = """e => e.querySelector('.plot').data.map(t => ({
    name: t.name, band: t.hoverinfo === 'skip', x: Array.from(t.x), y: Array.from(t.y) }))"""


def drawn(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sight.chart(page, "Accuracy").evaluate(DRAWN)
    return found


def accuracy(run_id: str) -> dict[int, float]:
    return {row.step: row.value for row in api.metrics(run_id, ("accuracy",))[0]}


def test_three_runs_side_by_side(gallery: Gallery, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTILLERY_HOME", gallery.home)
    ids = list(gallery.runs.values())
    page.goto(f"{gallery.url}/compare?ids={','.join(ids)}&smooth=None")
    expect(sight.chart(page, "Accuracy")).to_have_class("live-chart ready")
    for curve, (name, run_id) in zip(drawn(page), gallery.runs.items(), strict=True):
        assert curve["name"] == name and dict(zip(curve["x"], curve["y"], strict=True)) == pytest.approx(
            accuracy(run_id)
        )

    page.get_by_text("Groups of seeds", exact=True).last.click()
    sight.until(lambda: any(curve["band"] for curve in drawn(page)), 10, "the band of the two seeds")
    band, group, other = drawn(page)
    values = np.array([list(accuracy(gallery.runs[f"dream+ {seed}"]).values()) for seed in (0, 1)])
    assert (group["name"], other["name"]) == ("DREAM+ (n 2)", "IDC")
    np.testing.assert_allclose(group["y"], values.mean(0))
    np.testing.assert_allclose(band["y"], [*(values.mean(0) + values.std(0)), *(values.mean(0) - values.std(0))[::-1]])
    assert "by=Groups" in page.url

    page.get_by_role("tab", name="Settings").click()
    table = page.locator(".sheet").first
    expect(table.get_by_role("row", name="recipe dream+ idc")).to_be_visible()
    expect(table.get_by_role("row", name="seed 0, 1 0")).to_be_visible()

    page.get_by_role("tab", name="Images").click()
    expect(page.get_by_role("img", name="idc 0, class 0, step 40")).to_be_visible()
    page.get_by_role("button", name="Previous step").click()
    for name in gallery.runs:
        expect(page.get_by_role("img", name=f"{name}, class 0, step 35")).to_be_visible()
    page.wait_for_url("**step=35")
    page.go_back()
    expect(page.get_by_role("img", name="idc 0, class 0, step 40")).to_be_visible()


def test_a_mark_leads_to_its_run(gallery: Gallery, page: Page) -> None:
    page.goto(f"{gallery.url}/compare?ids={','.join(gallery.runs.values())}&part=Sweep")
    scatter = page.locator(".live-chart[aria-label^='Accuracy [%] against']")
    expect(scatter).to_have_class("live-chart ready")
    links = page.locator(".st-key-compare-marked").get_by_role("link")
    expect(links).to_have_count(0)
    scatter.scroll_into_view_if_needed()
    box = scatter.locator(".scatterlayer .point").last.bounding_box()
    assert box is not None
    at = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*at)
    expect(scatter.locator(".hoverlayer")).to_contain_text("idc 0")
    page.mouse.click(*at)
    links.filter(has_text="idc 0").click()
    page.wait_for_url(f"**/run?id={gallery.runs['idc 0']}")


def test_a_missing_cell_is_evaluated(gallery: Gallery, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTILLERY_HOME", gallery.home)
    page.goto(f"{gallery.url}/evaluate?repeats=1")
    page.get_by_role("button", name="idc 0, ResNet-10").click()
    page.get_by_role("button", name="Evaluate 1 missing cell").click()
    sight.until(lambda: bool(api.evaluations([gallery.runs["idc 0"]])), 10, "the task")
    cell = page.locator(".score-matrix tr", has_text="idc 0").locator("td").nth(1)
    expect(cell).to_contain_text("n 1", timeout=LONG)
    (task,) = api.evaluations([gallery.runs["idc 0"]])[gallery.runs["idc 0"]]
    expect(cell).to_contain_text(f"{task.result['scores'][0]['mean']:.1f} ± 0.0")
    assert dict(task.params) == {"networks": ["resnet10"], "protocol": "E-IDC", "epochs": 5, "repeats": 1}

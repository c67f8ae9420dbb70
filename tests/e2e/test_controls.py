"""Everything that can be done with a run, on a real one that is made small."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from engine import api
from tests.e2e import sight
from tools.served import Served

SMALL = {
    "dataset": "digits", "recipe": "dream+", "ipc": 1, "outer": 2000, "inner": 5, "width": 8, "depth": 2, "clusters": 4,
    "pretrain_epochs": 0, "net_samples_per_step": 32, "eval_epochs": 3, "full_epochs": 0, "reference_epochs": 0,
    "snapshot_every": 5, "metrics_every": 5, "evaluate_every": 0,
}  # fmt: skip
LONG = 120_000  # milliseconds for what a process has to be started for


@pytest.fixture
def opened(serve: Callable[..., Served], page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Page:
    """The page of a small run under way."""
    monkeypatch.setenv("DISTILLERY_HOME", str(tmp_path / "workspace"))
    web = serve()
    run = api.launch(SMALL, name="small")
    page.goto(f"{web.url}/run?id={run.id}")
    expect(sight.state(page, "running")).to_be_visible(timeout=LONG)
    expect(page.locator(".gallery figure")).to_have_count(10, timeout=LONG)
    return page


def test_a_run_obeys_its_buttons(opened: Page) -> None:
    page, run_id = opened, opened.url.split("id=")[1]

    def press(name: str) -> None:
        page.get_by_role("button", name=name, exact=True).first.click()

    sight.until(lambda: len(api.snapshots(run_id)) > 3, LONG / 1000, "a few snapshots")
    press("Pause")
    expect(sight.state(page, "paused")).to_be_visible(timeout=LONG)
    press("Resume")
    expect(sight.state(page, "running")).to_be_visible(timeout=LONG)
    press("Stop")
    expect(sight.state(page, "stopped")).to_be_visible(timeout=LONG)
    the_step_control_moves_images_and_address(page, run_id)

    page.locator(".st-key-run-title").get_by_test_id("stPopover").get_by_role("button").click()
    page.get_by_label("Name").fill("renamed")
    page.get_by_role("button", name="Rename", exact=True).click()
    expect(page.get_by_role("heading", name="renamed")).to_be_visible()
    page.keyboard.press("Escape")

    press("Export")
    page.get_by_test_id("stPopoverBody").get_by_role("button", name="Export").click()
    with page.expect_download(timeout=LONG) as download:
        page.get_by_test_id("stDownloadButton").get_by_role("button").click(timeout=LONG)
    assert download.value.suggested_filename == "data.npz"
    page.keyboard.press("Escape")

    press("More")
    press("Delete")
    expect(page.locator(".st-key-undo-bar")).to_contain_text("renamed")
    assert api.list_runs() == []
    press("Undo")
    row = page.locator(".row")
    expect(row).to_contain_text("stopped")
    row.get_by_role("link").click()
    expect(page.get_by_role("heading", name="renamed")).to_be_visible()
    press("More")
    press("Clone")
    page.wait_for_url(f"**/launch?from={run_id}")
    expect(page.get_by_label("width [channels]", exact=True)).to_have_value("8")


def the_step_control_moves_images_and_address(page: Page, run_id: str) -> None:
    """By buttons and by keys; at the newest step the address names none."""
    steps = api.snapshots(run_id)
    says = page.locator(".steps output")
    image = page.locator(".gallery img").first
    expect(image).to_have_attribute("alt", f"class 0, step {steps[-1]}")  # the gallery may be a tick behind the badge
    newest = image.get_attribute("src")
    page.get_by_role("button", name="First step").click()
    expect(says).to_contain_text("step 0 of")
    page.wait_for_url("**step=0")
    expect(image).not_to_have_attribute("src", newest or "")
    page.get_by_role("slider", name="Step").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"**step={steps[1]}")
    page.keyboard.press("End")
    expect(says).to_contain_text(f"step {steps[-1]} of")
    page.wait_for_url(lambda url: "step=" not in url)
    expect(image).to_have_attribute("src", newest or "")


def test_a_row_of_the_list_can_be_stopped(opened: Page) -> None:
    page = opened
    page.get_by_role("link", name="All runs").click()
    row = page.locator(".row")
    expect(row).to_contain_text("running")
    row.get_by_role("button", name="Stop small").click()
    expect(row).to_contain_text("stopped", timeout=LONG)
    row.get_by_role("button", name="Delete small").click()
    expect(page.locator(".st-key-undo-bar")).to_be_visible()
    expect(page.get_by_role("button", name="Run the two-minute demo")).to_be_visible()

"""The Launch page in a browser: a shared link becomes a sweep, an archive of one's own becomes a run."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from sklearn.datasets import load_digits

from engine import api
from tests.e2e import sight
from tests.e2e.conftest import SMALL
from tools.served import Served

PATIENCE = 120  # seconds: generous, the machine may be busy
TINY = "&".join(f"{name}={value}" for name, value in SMALL.items() if name not in ("dataset", "factor"))


def test_a_shared_link_becomes_a_sweep(
    serve: Callable[..., Served], page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISTILLERY_HOME", str(tmp_path / "workspace"))
    web = serve()
    page.goto(f"{web.url}/launch?dataset=digits&recipe=dream%2B&recipe=idc&{TINY}&bogus=1")
    expect(page.get_by_text("Unknown setting 'bogus'")).to_be_visible()
    expect(page.get_by_role("button", name="Queue 2 runs")).to_be_enabled()
    page.get_by_text("Machine", exact=True).click()
    page.locator(".st-key-vary-seed button").click()
    seeds = page.get_by_role("textbox", name="seed")
    expect(seeds).to_have_value("0-2")
    seeds.fill("0-1")
    seeds.press("Enter")
    expect(page.get_by_text("4 runs, one for each combination of recipe (2) and seed (2).")).to_be_visible()
    assert sight.metric(page, "Runs") == "4" and re.fullmatch(r"\d+ (min|h)", sight.metric(page, "Time, about"))
    sight.until(lambda: "seed=0&seed=1" in page.url, 10, "the address to say what is varied")
    page.go_back()
    expect(page.get_by_text("6 runs, one for each combination of recipe (2) and seed (3).")).to_be_visible()
    page.go_forward()
    page.get_by_role("button", name="Queue 4 runs").click()
    page.wait_for_url("**/?tags=sweep*", timeout=PATIENCE * 1000)
    runs = api.list_runs()
    for run in runs:
        api.stop(run.id)
    (tag,) = {tag for run in runs for tag in run.tags}
    assert len(runs) == 4 and tag.replace(" ", "+") in page.url.replace("%20", "+")
    expect(page.get_by_text("4 of 4 runs in 2 groups")).to_be_visible()
    page.get_by_text("Group seeds").click()
    expect(page.locator(".row")).to_have_count(4)


def test_what_was_just_typed_survives_the_folding_of_its_section(serve: Callable[..., Served], page: Page) -> None:
    """The section's note appears while a person goes on to the next field: neither may be lost."""
    page.goto(f"{serve().url}/launch")
    section, width = page.locator(".st-key-section-Network"), page.locator(".st-key-set-width input")
    expect(section).to_be_visible()
    expect(width).to_have_count(0)
    summary = section.locator("summary")
    summary.click()
    width.fill("24")
    width.press("Tab")
    expect(page).to_have_url(re.compile("width=24"))
    assert "1 changed" in section.locator("p").first.evaluate("p => getComputedStyle(p, '::after').content")
    assert section.evaluate("section => section.contains(document.activeElement)")
    width.fill("16")
    summary.click()
    expect(width).to_have_count(0)
    expect(page).to_have_url(re.compile("width=16"))
    summary.click()
    expect(width).to_have_value("16")


def archive(target: Path) -> Path:
    """Real digits as people's archives have them: a folder per class, and a file that is no image."""
    digits = load_digits()
    with zipfile.ZipFile(target, "w") as found:
        found.writestr("digits/readme.txt", "Handwritten.")
        for i in range(0, 1500, 3):
            content = io.BytesIO()
            Image.fromarray(np.rint(digits.images[i] * 255 / 16).astype(np.uint8)).save(content, "PNG")
            found.writestr(f"digits/class {digits.target[i]}/{i}.png", content.getvalue())
    return target


def test_an_archive_of_ones_own_becomes_a_run(
    serve: Callable[..., Served], page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISTILLERY_HOME", str(tmp_path / "workspace"))
    web = serve()
    page.goto(f"{web.url}/launch?dataset=folder&side=16&colour=grey&{TINY}")
    page.get_by_text("Upload an archive", exact=True).first.click()
    page.locator("input[type=file]").set_input_files(archive(tmp_path / "my digits.zip"))
    page.get_by_role("button", name="Add and look inside").click()
    counts = page.locator(".own-counts li")
    expect(counts).to_have_count(10, timeout=PATIENCE * 1000)
    (mine,) = api.own_datasets()
    assert [row.split("\n") for row in counts.all_inner_texts()] == [
        [name, str(count)] for name, count in zip(mine.classes, mine.counts, strict=True)
    ]
    assert mine.name == "my digits" and sum(mine.counts) + mine.test == 500
    expect(page.locator(".own-sheet img")).to_be_visible()
    expect(page.get_by_text("All images are grey but are read in colour")).to_be_visible()
    expect(page.get_by_label("dataset", exact=True)).to_have_value("Own images: my digits")
    page.get_by_role("button", name="Launch", exact=True).click()
    page.wait_for_url("**/run?id=*", timeout=PATIENCE * 1000)
    run_id = page.url.split("id=")[1]
    sight.until(lambda: bool(api.snapshots(run_id)), PATIENCE, f"a first snapshot of {api.get_run(run_id)}")
    assert api.get_run(run_id).config.data_dir == mine.path
    assert list(api.class_names(run_id)) == list(mine.classes)
    if api.get_run(run_id).is_live:
        api.stop(run_id)

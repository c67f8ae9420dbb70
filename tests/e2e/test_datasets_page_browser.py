"""Own images from a folder and from an upload, and the queue put in another order, by hand in a browser."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from sklearn.datasets import load_digits

from engine import api
from engine.store import database
from engine.store.workspace import Workspace
from tests.e2e import sight
from tests.pages.screen import add_run
from tools.served import Served

LONG = 120_000  # milliseconds for what a process has to be started for
EACH = 30  # images per class


def digits(root: Path) -> Path:
    """A folder with real handwritten noughts and ones."""
    found = load_digits()
    for label in (0, 1):
        (root / str(label)).mkdir(parents=True)
        for number, image in enumerate(found.images[found.target == label][:EACH]):
            Image.fromarray((image * 15.9).astype("uint8")).save(root / str(label) / f"{number}.png")
    return root


def zipped(root: Path) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path in root.rglob("*.png"):
            archive.write(path, path.relative_to(root))
    return out.getvalue()


def test_own_images_and_the_queue(
    serve: Callable[..., Served], page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISTILLERY_HOME", str(tmp_path / "workspace"))
    web = serve()
    the_queue_is_put_in_another_order(page, web.url)
    folder = digits(tmp_path / "Noughts and ones")
    page.goto(f"{web.url}/datasets")
    page.get_by_text("Add your own images").click()
    page.get_by_label("Folder or archive").fill(str(folder))
    page.get_by_label("Folder or archive").press("Enter")
    page.get_by_role("button", name="Add and look inside").click()
    its_numbers_and_pictures_are_shown(page, folder.name)
    (own,) = api.own_datasets()
    assert (own.path, own.counts, own.test) == (str(folder), (24, 24), 12)
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Its files are untouched")).to_be_visible()
    assert api.own_datasets() == [] and (folder / "1" / "0.png").exists()

    page.get_by_text("Add your own images").click()
    page.get_by_text("Upload an archive").click()
    page.locator("input[type=file]").set_input_files(
        {"name": "two.zip", "mimeType": "application/zip", "buffer": zipped(folder)}
    )
    page.get_by_label("Name").fill("By upload")
    page.get_by_label("Name").press("Enter")
    page.get_by_role("button", name="Add and look inside").click()
    its_numbers_and_pictures_are_shown(page, "By upload")
    (own,) = api.own_datasets()
    assert own.uploaded and Path(own.path).read_bytes() == zipped(folder) and own.counts == (24, 24)
    assert page.get_by_role("alert").count() == 1, "the one about grey images"
    database.dispose(Workspace.current())


def the_queue_is_put_in_another_order(page: Page, url: str) -> None:
    """Nobody starts them: no supervisor is there yet."""
    here = Workspace.current()
    ids = {name: add_run(here, "queued", name=name) for name in ("first", "second")}
    page.goto(f"{url}/engine")
    page.locator(f".st-key-arrow_upward-{ids['second']} button").first.click(timeout=LONG)
    sight.until(
        lambda: [one.run.name for one in api.queued()] == ["second", "first"], 15, "the order is that of the store"
    )
    expect(page.locator(".st-key-engine-queue > div, .st-key-engine-queue").first).to_contain_text("second")
    for run_id in ids.values():
        api.stop(run_id)


def its_numbers_and_pictures_are_shown(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name=name)).to_be_visible(timeout=LONG)
    picture = page.locator(".samples img")
    expect(picture).to_be_visible(timeout=LONG)
    assert picture.evaluate("e => [e.naturalWidth, e.naturalHeight]") == [10 * 34 - 2, 2 * 34 - 2]
    assert sight.metric(page, "Training images") == "48" and sight.metric(page, "Test images") == "12"
    expect(sight.chart(page, "Images per class")).to_have_class("live-chart ready", timeout=LONG)

"""The served app opens in a real browser: what only the documented command shows, since it alone decides what can be imported."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tools import served
from tools.served import Served

PAGES = ("", "runs", "launch", "sampling")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("opening") / "workspace"
    running = served.start(home)
    yield running
    running.kill()
    served.end_processes_of(home)


@pytest.mark.parametrize("address", PAGES, ids=lambda address: address or "root")
def test_a_page_opens_by_its_address(app: Served, page: Page, address: str) -> None:
    """The first link that a fresh browser follows, as from a bookmark."""
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{app.url}/{address}")
    expect(page.get_by_test_id("stAppViewContainer").get_by_role("heading").first).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.get_by_test_id("stException")).to_have_count(0)
    assert not faults


def test_looking_makes_nothing(app: Served, page: Page, serve: Callable[..., Served], tmp_path: Path) -> None:
    """Opening the page of an empty workspace starts no supervisor and no run."""
    fresh = serve(tmp_path / "fresh")
    page.goto(fresh.url)
    expect(page.get_by_test_id("stAppViewContainer")).to_be_visible()
    assert not (fresh.home / "runs").exists()

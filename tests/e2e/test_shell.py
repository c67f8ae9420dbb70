"""What surrounds the pages: keys, news of ended runs, read-only mode, sign-in."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from engine import api
from engine.store import database
from engine.store.workspace import Workspace
from tests.e2e import provider
from tests.e2e.conftest import SMALL, Gallery
from tests.pages.screen import add_run
from tools import served
from tools.served import Served

EXAMPLE = served.ROOT / ".streamlit" / "secrets.example.toml"
LONG = 60_000


def test_keys_lead_everywhere_and_back(page: Page, gallery: Gallery) -> None:
    page.goto(gallery.url)
    expect(page.locator(".row").first).to_be_visible(timeout=LONG)
    expect(page.locator(".shell.ready")).to_be_attached(timeout=LONG)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_contain_text("go to Engine")
    page.keyboard.press("Escape")
    for key, address in (("s", "sampling"), ("n", "launch"), ("r", "")):
        page.keyboard.press("g")
        page.keyboard.press(key)
        page.wait_for_url(re.compile(rf":\d+/{address}(\?.*)?$"))
    page.go_back()
    page.wait_for_url("**/launch*")
    page.go_back()
    page.wait_for_url("**/sampling*")


def test_a_page_tells_when_a_run_ends(page: Page, gallery: Gallery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTILLERY_HOME", gallery.home)
    page.goto(f"{gallery.url}/results")
    expect(page.locator(".shell .help")).to_be_visible(timeout=LONG)
    page.wait_for_timeout(500)  # the page has asked once: what ended before is no news
    tiny = SMALL | {"outer": 1, "inner": 1, "eval_epochs": 1, "full_epochs": 0, "reference_epochs": 0}
    run = api.launch(tiny, name="soon over")
    news = page.locator(".news")
    expect(news).to_contain_text("soon over", timeout=LONG)
    expect(news).to_contain_text("finished")
    news.get_by_role("link", name="soon over").click()
    page.wait_for_url(f"**/run?id={run.id}")
    api.delete(run.id)
    database.dispose(Workspace.current())


def test_read_only_shows_and_refuses(
    page: Page, serve: Callable[..., Served], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISTILLERY_HOME", str(tmp_path / "workspace"))
    here = Workspace.current()
    here.root.mkdir()
    ended, halted = add_run(here, "finished", 40, name="shown"), add_run(here, "stopped", 20, name="halted")
    database.dispose(here)
    web = serve(environment={"DISTILLERY_READONLY": "1"})
    page.goto(f"{web.url}/run?id={ended}")
    expect(page.locator(".gallery figure")).to_have_count(10, timeout=LONG)
    expect(page.locator(".shell .readonly")).to_be_visible()
    for word in ("Delete", "Rename", "Clone"):
        expect(page.get_by_role("button", name=word, exact=True)).to_have_count(0)
    page.goto(f"{web.url}/run?id={halted}")
    expect(page.get_by_role("heading", name="halted")).to_be_visible()
    expect(page.get_by_role("button", name="Resume", exact=True)).to_have_count(0)
    page.goto(f"{web.url}/launch")
    expect(page.get_by_role("button", name="Launch", exact=True).first).to_be_disabled(timeout=LONG)
    assert [run.state for run in api.list_runs()] == ["stopped", "finished"]


@pytest.mark.parametrize(("email", "allowed"), [("ada@example.org", True), ("eve@example.com", False)])
def test_the_example_of_sign_in_works(
    page: Page, serve: Callable[..., Served], tmp_path: Path, email: str, allowed: bool
) -> None:
    """With a provider of our own in the place of the one that the example names; nothing else is changed but the port."""
    text = EXAMPLE.read_text(encoding="utf-8")
    with provider.serving(email, "distillery", "the provider's secret for it") as known:
        port = served.free_port()
        text = text.replace("https://id.example.org", known.url).replace("127.0.0.1:8501", f"127.0.0.1:{port}")
        (tmp_path / "secrets.toml").write_text(text, encoding="utf-8")
        web = serve(
            command=(*served.LAUNCHER[:-1], str(port)),
            environment={"STREAMLIT_SECRETS_FILES": str(tmp_path / "secrets.toml")},
        )
        page.goto(f"{web.url}/launch")
        page.get_by_role("button", name="Sign in").first.click(timeout=LONG)
        if allowed:
            expect(page.get_by_role("button", name="Run the two-minute demo").first).to_be_visible(timeout=LONG)
        else:
            expect(page.get_by_role("heading", name="Not on the list")).to_be_visible(timeout=LONG)
            expect(page.get_by_role("button", name="Run the two-minute demo")).to_have_count(0)
        assert {"/authorize", "/token", "/jwks"} <= set(known.asked)

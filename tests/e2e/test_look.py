"""Every page on a wide and a narrow screen, light and dark: nothing overflows, nothing is fetched from elsewhere, nothing
breaks. What was seen is kept in tests/e2e/shots."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest import MonkeyPatch, TempPathFactory

from engine.store import database
from engine.store.workspace import Workspace
from engine.studies import STUDIES, Member, StudyRecord, record
from tests.conftest import SHOTS
from tests.e2e import sight
from tests.pages.screen import add_run
from tools import served

READY = {
    "runs": ".row", "launch": ".st-key-summary", "run": ".gallery figure", "sampling": ".live-chart.ready",
    "studies": ".st-key-study-digits-mmd button:visible", "study": ".live-chart.ready", "results": "table",
}  # fmt: skip
"""What each page is about, as a selector."""
SCREENS = [(width, scheme) for width in (1440, 420) for scheme in ("light", "dark")]


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: TempPathFactory) -> Iterator[dict[str, str]]:
    """Full address of each page, on a workspace with runs in several states."""
    home = tmp_path_factory.mktemp("look") / "workspace"
    home.mkdir()
    with MonkeyPatch.context() as patch:
        patch.setenv("DISTILLERY_HOME", str(home))
        here = Workspace.current()
        ended = add_run(here, "finished", 40, name="A finished run with a rather long name, as people give them")
        for state in ("paused", "failed", "queued"):
            add_run(here, state, 0 if state == "queued" else 20, name=f"A {state} run")
        study = add_study(here)
        database.dispose(here)
    web = served.start(home)
    pages = {"runs": "/", "launch": "/launch", "run": f"/run?id={ended}", "sampling": f"/sampling?id={ended}"}
    pages |= {"studies": "/studies", "study": f"/studies?id={study}", "results": "/results"}
    yield {name: web.url + path for name, path in pages.items()}
    web.kill()
    served.end_processes_of(home)


def add_study(here: Workspace) -> str:
    """The id of a finished study with the paper's figures beside its own."""
    cells = STUDIES["ablation"].cells("digits")
    members = [Member(c.label, 0, add_run(here, "finished", 40, given=c.settings, name=c.label)) for c in cells]
    record.write(here, StudyRecord("57d1e5a0", "ablation", "digits", time.time(), {}, tuple(members)))
    return "57d1e5a0"


@pytest.mark.parametrize(("width", "scheme"), SCREENS, ids=lambda value: str(value))
@pytest.mark.parametrize("name", READY)
def test_a_page_fits_and_keeps_to_itself(
    browser: Browser, addresses: dict[str, str], name: str, width: int, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page, faults = context.new_page(), list[str]()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "request",
        lambda r: faults.append(r.url) if not r.url.startswith(("http://127.0.0.1", "data:", "blob:")) else None,
    )
    page.goto(addresses[name])
    settled(page, name)
    wide = page.evaluate("() => { const m = document.querySelector('.stMain'); return [m.scrollWidth, m.clientWidth] }")
    if name == "run" and width == 420:
        assert top(page, ".gallery") < top(page, ".live-chart"), "on a narrow screen the images come first"
    height = page.evaluate("() => document.querySelector('.stMain').scrollHeight")
    page.set_viewport_size({"width": width, "height": min(height, 4000)})
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}-{width}-{scheme}.png")
    context.close()
    assert not faults
    assert wide[0] <= wide[1], "the page is wider than the screen"


def settled(page: Page, name: str) -> None:
    """Waits until what the page is about is there."""
    expect(page.locator(READY[name]).first).to_be_visible(timeout=120_000)
    if name == "run":
        expect(page.locator(".live-chart.ready")).to_have_count(len(sight.titles()))
    if name == "launch":
        expect(page.get_by_label("ipc [images]", exact=True)).to_be_visible()


def top(page: Page, selector: str) -> float:
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return box["y"]

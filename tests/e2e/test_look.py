"""Every page on a wide and a narrow screen, light and then dark: nothing overflows, nothing is fetched from elsewhere, nothing
breaks, and axe-core finds nothing serious. What was seen is kept in tests/e2e/shots."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest import MonkeyPatch, TempPathFactory

from engine.store import database
from engine.store.workspace import Workspace
from engine.studies import STUDIES, Member, StudyRecord, record
from tests.conftest import SHOTS, STEP_MILLISECONDS
from tests.e2e import sight
from tests.pages.screen import add_run
from tools import served
from tools.screens import SCHEMES, SCREENS, SIZES

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa")
GRAVE = ("serious", "critical")
GROUNDS = {"light": "rgb(255, 255, 255)", "dark": "rgb(14, 17, 22)"}  # as .streamlit/config.toml says
# Whether every figure's letters are bright on the dark ground, dark on the light one.
DRAWN = """dark => [...document.querySelectorAll('.live-chart.ready .plot .xtick text, .live-chart.ready .plot .g-ytitle text')].every(
    text => (Math.max(...getComputedStyle(text).fill.match(/\\d+/g).slice(0, 3)) > 128) === dark)"""


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: TempPathFactory) -> Iterator[dict[str, str]]:
    """Full address of each page, on a workspace with runs in several states."""
    home = tmp_path_factory.mktemp("look") / "workspace"
    home.mkdir()
    with MonkeyPatch.context() as patch:
        patch.setenv("DISTILLERY_HOME", str(home))
        here = Workspace.current()
        ended = add_run(here, "finished", 40, name="A finished run with a rather long name, as people give them")
        other = add_run(here, "finished", 40, given={"recipe": "idc"}, name="Another finished run")
        for state in ("paused", "failed", "queued"):
            add_run(here, state, 0 if state == "queued" else 20, name=f"A {state} run")
        study = add_study(here)
        database.dispose(here)
    web = served.start(home)
    names = {"run": ended, "other": other, "study": study}
    yield {name: web.url + screen.address.format_map(names) for name, screen in SCREENS.items() if screen.ready}
    web.kill()
    served.end_processes_of(home)


def add_study(here: Workspace) -> str:
    """The id of a finished study with the paper's figures beside its own."""
    cells = STUDIES["ablation"].cells("digits")
    members = [Member(c.label, 0, add_run(here, "finished", 40, given=c.settings, name=c.label)) for c in cells]
    record.write(here, StudyRecord("57d1e5a0", "ablation", "digits", time.time(), {}, tuple(members)))
    return "57d1e5a0"


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One profile for all pages: the address alone says what a page shows, and scripts that were loaded once stay."""
    made = browser.new_context(viewport={"width": SIZES["wide"], "height": 900})
    made.set_default_timeout(STEP_MILLISECONDS)
    yield made
    made.close()


@pytest.mark.parametrize("name", [name for name, screen in SCREENS.items() if screen.ready])
def test_a_page_fits_and_can_be_used_by_everybody(
    context: BrowserContext, addresses: dict[str, str], name: str
) -> None:
    """Opened once; it must follow when the system turns dark, and when the window changes."""
    page, faults = context.new_page(), list[str]()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "request",
        lambda r: faults.append(r.url) if not r.url.startswith(("http://127.0.0.1", "data:", "blob:")) else None,
    )
    page.emulate_media(color_scheme="light")
    page.goto(addresses[name])
    SHOTS.mkdir(parents=True, exist_ok=True)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for size, width in SIZES.items():
            page.set_viewport_size({"width": width, "height": 900})
            settled(page, name, scheme)
            sight.until(lambda: widest(page) <= width, 10, f"a page no wider than the {size} screen, {scheme}")  # noqa: B023
            if name == "run" and size == "narrow":
                assert top(page, ".gallery") < top(page, ".live-chart"), "on a narrow screen the images come first"
            page.screenshot(path=SHOTS / f"{name}-{width}-{scheme}.png")
            assert not list(violations(page)), f"{size}, {scheme}"
    page.close()
    assert not faults


def widest(page: Page) -> int:
    """CSS pixels; more than the window has means that the page scrolls sideways."""
    found: int = page.evaluate(
        "() => Math.max(document.documentElement.scrollWidth, document.querySelector('.stMain').scrollWidth)"
    )
    return found


def violations(page: Page) -> Iterator[str]:
    """What axe-core calls serious or critical by the rules of WCAG 2.1 A and AA, a line each."""
    page.evaluate(f"{AXE}; 0")
    found = page.evaluate(
        "rules => axe.run(document, { runOnly: rules, resultTypes: ['violations'] }).then(r => r.violations)",
        list(RULES),
    )
    for violation in found:
        if violation["impact"] in GRAVE:
            yield from (
                f"{violation['id']}: {node['html'][:200]} {node['failureSummary']}" for node in violation["nodes"]
            )


def settled(page: Page, name: str, scheme: str) -> None:
    """Waits until what the page is about is there, in the colours of the scheme."""
    expect(page.locator(SCREENS[name].ready).first).to_be_visible(timeout=120_000)
    if name == "run":
        expect(page.locator(".live-chart.ready")).to_have_count(len(sight.titles()))
    if name == "launch":
        expect(page.get_by_label("ipc [images]", exact=True)).to_be_visible()
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)  # a widget whose script is still under way
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", GROUNDS[scheme])
    page.wait_for_function(DRAWN, arg=scheme == "dark")


def top(page: Page, selector: str) -> float:
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return box["y"]

"""The list of runs in a browser: search, selection, tags, groups, pins, comparison and the way back, on made-up rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from engine import api
from engine.store import database
from engine.store.workspace import Workspace
from tests.pages.screen import add_run, score
from tools.served import Served

ACCURACIES = np.random.default_rng().uniform(30, 99, (3, 4)).round(2)  # of one experiment: a row per seed


@pytest.fixture
def ids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Name -> id, newest first: five other experiments, then three seeds of one."""
    home = tmp_path / "workspace"
    home.mkdir()
    monkeypatch.setenv("DISTILLERY_HOME", str(home))
    here = Workspace.current()
    made = {f"other {ipc}": add_run(here, "finished", given={"ipc": ipc, "recipe": "idc"}, name=f"other {ipc}", created=100.0 - ipc)
            for ipc in range(2, 7)}  # fmt: skip
    for seed, row in enumerate(ACCURACIES):
        name, results = f"mine seed {seed}", {"distilled": [score(*row.tolist())]}
        made[name] = add_run(here, "finished", given={"seed": seed}, name=name, results=results, created=10.0 - seed)
    database.dispose(here)
    return made


def test_the_list_is_searched_picked_tagged_grouped_pinned_and_compared(
    ids: dict[str, str], serve: Callable[..., Served], page: Page
) -> None:
    web = serve()
    page.goto(web.url)
    names = page.locator(".row .title b")
    expect(names).to_have_text(list(ids))

    page.get_by_label("Search").fill("mine")
    page.keyboard.press("Enter")
    expect(names).to_have_text([name for name in ids if name.startswith("mine")])
    page.wait_for_url("**q=mine")
    box(page, "mine seed 0").focus()
    page.keyboard.press("Space")
    box(page, "mine seed 2").click(modifiers=["Shift"])
    expect(page.locator(".count")).to_have_text("3 selected")

    tag_the_picked(page, "good")
    assert {run.name for run in api.list_runs() if run.tags == ("good",)} == {name for name in ids if "mine" in name}

    page.get_by_label("Search").fill("")
    page.keyboard.press("Enter")
    expect(names).to_have_count(len(ids))
    expect(page.locator(".count")).to_have_text("3 selected")  # what is picked outlives the search
    row(page, "mine seed 2").hover()
    page.get_by_role("button", name="Pin mine seed 2").click()
    expect(names.first).to_have_text("mine seed 2")

    page.get_by_text("Group seeds").click()
    expect(names).to_have_text(["mine", *(name for name in ids if "other" in name)])
    means = ACCURACIES.mean(1)
    expect(row(page, "mine").locator(".accuracy")).to_have_text(f"{means.mean():.1f} ± {means.std():.1f} % (n 3)")
    fold = page.get_by_role("button", name="Runs of mine")
    expect(fold).to_have_attribute("aria-expanded", "false")
    fold.click()
    expect(page.locator(".row[data-kind=member]")).to_have_count(3)
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url(f"**/compare?groups={api.group_of(api.get_run(ids['mine seed 0']).config)}")
    page.go_back()
    page.wait_for_url("**grouped=true")
    expect(fold).to_be_visible()

    page.get_by_text("Group seeds").click()
    expect(names).to_have_count(len(ids))
    box(page, "other 3").check()
    page.keyboard.type("gc")  # goes to Compare, and takes nothing along
    page.wait_for_url("**/compare")
    page.go_back()
    expect(page.locator(".count")).to_have_text("4 selected")
    page.locator(".count").click()
    page.keyboard.press("c")
    page.wait_for_url("**/compare?ids=*")
    assert set(page.url.split("ids=")[1].replace("%2C", ",").split(",")) == {
        ids[name] for name in ids if "mine" in name or name == "other 3"
    }
    page.go_back()
    row(page, "other 2").get_by_role("link").click()
    page.wait_for_url(f"**/run?id={ids['other 2']}")
    expect(page.get_by_role("heading", name="other 2")).to_be_visible()
    page.go_back()
    expect(names).to_have_count(len(ids))


def row(page: Page, name: str) -> Locator:
    return page.locator(".row").filter(has=page.locator("b").get_by_text(name, exact=True))


def box(page: Page, name: str) -> Locator:
    return page.get_by_role("checkbox", name=f"Select {name}", exact=True)


def tag_the_picked(page: Page, tag: str) -> None:
    page.get_by_role("button", name="Tag", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="Add to all").fill(tag)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(page.locator(".tags")).to_have_text([tag] * 3)

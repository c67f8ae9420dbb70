"""Pages without a browser: the real entry script, on a workspace of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from engine.runner import services
from engine.store.workspace import Workspace
from tests.pages.screen import Add, Open, add_run

MAIN = Path(__file__).resolve().parents[2] / "app" / "main.py"


@pytest.fixture(scope="session", autouse=True)
def _packages_are_searched_once() -> Iterator[None]:
    """For components that come with other packages: AppTest searches all that is installed, for longer than a page takes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture
def here(here: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """This test's own workspace, in which no supervisor is ever started."""
    monkeypatch.setattr(services, "ensure_supervisor", lambda _: None)
    return here


@pytest.fixture
def visit(here: Workspace) -> Open:
    """`visit("run", id=...)` opens a page as its address would: at once, without one before it."""

    def go(page: str = "runs", **query: str) -> AppTest:
        at = AppTest.from_file(str(MAIN), default_timeout=60)
        for name, value in query.items():
            at.query_params[name] = value
        at._page_hash = calc_hash(page)  # as the browser's request names it; `switch_page` works only after a first run
        at.run()
        assert at._finished_page_script_hash == calc_hash(page), f"there is no page {page!r}"
        return at

    return go


@pytest.fixture
def add(here: Workspace) -> Add:
    """`add("running", step=20)` makes a run; see `add_run`."""
    return partial(add_run, here)

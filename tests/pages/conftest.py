"""Pages without a browser: the real entry script, on a workspace of the test's own."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from engine.runner import services
from engine.store.workspace import Workspace
from tests.pages.screen import Add, Open, add_run

MAIN = Path(__file__).resolve().parents[2] / "app" / "main.py"


@pytest.fixture
def here(here: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """This test's own workspace, in which no supervisor is ever started."""
    monkeypatch.setattr(services, "ensure_supervisor", lambda _: None)
    return here


@pytest.fixture
def visit(here: Workspace) -> Open:
    """`visit("run", id=...)` opens a page as its address would."""

    def go(page: str = "runs", **query: str) -> AppTest:
        at = AppTest.from_file(str(MAIN), default_timeout=60)
        if page == "runs":
            for name, value in query.items():
                at.query_params[name] = value
            return at.run()
        at.run()
        for name, value in query.items():
            at.query_params[name] = value
        return at.switch_page(f"../pages/{page}.py").run()

    return go


@pytest.fixture
def add(here: Workspace) -> Add:
    """`add("running", step=20)` makes a run; see `add_run`."""
    return partial(add_run, here)

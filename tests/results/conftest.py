from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from engine.store import database
from engine.store.workspace import Workspace
from tests.pages.screen import Add, add_run


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """This test's own workspace."""
    monkeypatch.setenv("DISTILLERY_HOME", str(tmp_path / "workspace"))
    workspace = Workspace.current()
    workspace.root.mkdir()
    yield workspace
    database.dispose(workspace)


@pytest.fixture
def add(here: Workspace) -> Add:
    """`add("finished", given={"seed": 1}, results=...)` makes a run; see `add_run`."""
    return partial(add_run, here)

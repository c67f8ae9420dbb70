from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.store import database
from engine.store.workspace import Workspace


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """This test's own workspace."""
    monkeypatch.setenv("DISTILLERY_HOME", str(tmp_path / "workspace"))
    workspace = Workspace.current()
    workspace.root.mkdir()
    yield workspace
    database.dispose(workspace)

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.runner import services
from engine.store import database
from engine.store.workspace import Workspace


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """This test's own workspace, in which no supervisor is ever started."""
    monkeypatch.setenv("DISTILLERY_HOME", str(tmp_path / "workspace"))
    monkeypatch.setattr(services, "ensure_supervisor", lambda _: None)
    workspace = Workspace.current()
    workspace.root.mkdir()
    yield workspace
    database.dispose(workspace)

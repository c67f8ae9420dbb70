from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.runner import services
from engine.store import database
from engine.store.workspace import Workspace
from tools import served


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One workspace for the tests of a module: a real run in it is made once."""
    base = tmp_path_factory.mktemp("cli")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISTILLERY_HOME", str(base / "workspace"))
        yield base / "workspace"
        served.end_processes_of(base)
        for child in services._children:
            child.wait(10)
        database.dispose(Workspace.current())

from __future__ import annotations

import pytest

from engine.runner import services
from engine.store.workspace import Workspace


@pytest.fixture
def here(here: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """This test's own workspace, in which no supervisor is ever started."""
    monkeypatch.setattr(services, "ensure_supervisor", lambda _: None)
    return here

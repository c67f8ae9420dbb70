from __future__ import annotations

from functools import partial

import pytest

from engine.store.workspace import Workspace
from tests.pages.screen import Add, add_run


@pytest.fixture
def add(here: Workspace) -> Add:
    """`add("finished", given={"seed": 1}, results=...)` makes a run; see `add_run`."""
    return partial(add_run, here)

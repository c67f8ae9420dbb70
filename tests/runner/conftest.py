from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from engine.runner import services
from engine.runner.supervisor import Supervisor
from engine.store import database
from engine.store.workspace import Workspace
from tools import served


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """This test's own workspace; whatever processes it started are ended."""
    monkeypatch.setenv("DISTILLERY_HOME", str(tmp_path / "workspace"))
    workspace = Workspace.current()
    workspace.root.mkdir()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield workspace
    for number, handler in handlers.items():
        signal.signal(number, handler)
    served.end_processes_of(tmp_path)
    for child in services._children:
        child.wait(10)
    database.dispose(workspace)


@pytest.fixture
def supervise(here: Workspace) -> Iterator[Callable[..., Supervisor]]:
    """`supervise(...)` makes a Supervisor of this test's workspace; the processes it started end with the test."""
    made: list[Supervisor] = []

    def make(worker: Sequence[str], **how: object) -> Supervisor:
        made.append(Supervisor(here, worker, **how))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for child in [child for one in made for child in (*one._children.values(), one._lab) if child]:
        child.kill()
        child.wait(10)

"""Someone has to start what waits: a page that finds live runs and no supervisor starts one."""

from __future__ import annotations

from collections.abc import Iterable

from app.parts import guard
from engine import api
from engine.api import Run


def wake(runs: Iterable[Run]) -> None:
    """After a restart of the machine, opening a page is enough to get queued runs going again."""
    with guard.told():
        if any(run.is_live for run in runs) and not api.readonly() and not api.supervisor_alive():
            api.ensure_supervisor()

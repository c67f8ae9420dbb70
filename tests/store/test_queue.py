"""Waiting runs change places; nothing else about them changes."""

from __future__ import annotations

import random
from typing import Any

import pytest
from sqlalchemy import update

from engine.errors import BadRequest, NotFound, WrongState
from engine.store import runs
from engine.store.database import write
from engine.store.queue import first, length, move
from engine.store.tables import RunRow
from engine.store.workspace import Workspace
from tests.runner.fake import queue


def order(here: Workspace) -> list[str]:
    return [row.id for row in runs.in_states(here, ("queued",))]


def test_any_moves_do_as_a_list_does(here: Workspace) -> None:
    """Twenty random moves, beside a plain list as the oracle; all runs queued in the same instant, where ids break ties."""
    ids = [queue(here) for _ in range(6)]
    with write(here) as session:
        session.execute(update(RunRow).values(queued=1.7e9))
    expected = order(here)
    assert set(expected) == set(ids)
    for _ in range(20):
        mine, to = random.choice(ids), random.randrange(9)
        expected.remove(mine)
        expected.insert(to, mine)
        move(here, mine, to)
        assert order(here) == expected
        assert [row.id for row in first(here, 2)] == expected[:2] and length(here) == 6


def test_runs_launched_later_stay_behind(here: Workspace) -> None:
    first, second = queue(here), queue(here)
    move(here, second, 0)
    third = queue(here)
    assert order(here) == [second, first, third]


def test_only_what_waits_is_moved(here: Workspace) -> None:
    waiting, working, gone = queue(here), queue(here), queue(here)
    with write(here) as session:
        runs.move(session, working, "starting")
    runs.wish(here, gone, "stop")
    runs.set_deleted(here, gone, deleted=True)
    with pytest.raises(WrongState, match="is starting"):
        move(here, working, 0)
    for run_id in ("00000000", "../x", gone):
        with pytest.raises(NotFound):
            move(here, run_id, 0)
    assert order(here) == [waiting]


@pytest.mark.parametrize("to", [-1, 1.0, "0", None, True])
def test_positions_that_are_none(to: Any, here: Workspace) -> None:
    run_id = queue(here)
    with pytest.raises(BadRequest, match="position"):
        move(here, run_id, to)

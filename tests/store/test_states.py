"""The life of a run, held against the drawing in the design: every move that is not in it is refused."""

from __future__ import annotations

import itertools

import pytest

from engine.config import build
from engine.errors import NotFound, WrongState
from engine.store import runs
from engine.store.database import write
from engine.store.states import LIVE, MOVES, RESUMABLE, STATES, sources
from engine.store.tables import RunRow
from engine.store.workspace import Workspace

ALLOWED = {
    ("queued", "starting"), ("queued", "stopped"), ("queued", "paused"), ("queued", "failed"),
    ("starting", "running"), ("starting", "stopping"), ("starting", "failed"), ("starting", "lost"),
    ("running", "stopping"), ("running", "finished"), ("running", "failed"), ("running", "lost"),
    ("stopping", "stopped"), ("stopping", "paused"), ("stopping", "finished"), ("stopping", "failed"), ("stopping", "lost"),
    ("stopped", "queued"), ("paused", "queued"), ("failed", "queued"), ("lost", "queued"),
}  # fmt: skip


def run_in(here: Workspace, state: str) -> str:
    run_id = runs.new_id()
    with write(here) as session:
        runs.insert(session, run_id, build({}), "", "a run")
        session.flush()
        session.get_one(RunRow, run_id).state = state
    return run_id


def state(here: Workspace, run_id: str) -> str:
    return runs.row(here, run_id).state


@pytest.mark.parametrize("source", STATES)
def test_only_the_drawn_moves_are_made(here: Workspace, source: str) -> None:
    for target in STATES:
        run_id = run_in(here, source)
        with write(here) as session:
            moved = runs.move(session, run_id, target)
        assert moved == ((source, target) in ALLOWED)
        assert state(here, run_id) == (target if moved else source)


def test_tables_agree() -> None:
    assert set(MOVES) == set(STATES) and {(s, t) for s in MOVES for t in MOVES[s]} == ALLOWED
    assert all(sources(target) == {s for s in STATES if target in MOVES[s]} for target in STATES)
    assert sources("queued") == RESUMABLE
    assert not LIVE & RESUMABLE and "finished" not in LIVE


@pytest.mark.parametrize("source, wish", list(itertools.product(STATES, ("stop", "pause"))))
def test_wishes(here: Workspace, source: str, wish: str) -> None:
    run_id = run_in(here, source)
    if source == "queued":
        runs.wish(here, run_id, wish)
        assert state(here, run_id) == {"stop": "stopped", "pause": "paused"}[wish]
    elif source in ("starting", "running"):
        runs.wish(here, run_id, wish)
        assert (state(here, run_id), runs.row(here, run_id).wish) == ("stopping", wish)
    else:
        with pytest.raises(WrongState) as caught:
            runs.wish(here, run_id, wish)
        assert source in str(caught.value) and "queued, starting or running" in str(caught.value)
        assert state(here, run_id) == source


@pytest.mark.parametrize("source", STATES)
def test_resuming(here: Workspace, source: str) -> None:
    run_id = run_in(here, source)
    if source in ("stopped", "paused", "failed", "lost"):
        runs.requeue(here, run_id)
        assert state(here, run_id) == "queued"
    else:
        with pytest.raises(WrongState) as caught:
            runs.requeue(here, run_id)
        assert source in str(caught.value) and "failed, lost, paused or stopped" in str(caught.value)


@pytest.mark.parametrize("source", STATES)
def test_deleting_and_bringing_back(here: Workspace, source: str) -> None:
    run_id = run_in(here, source)
    if source in LIVE:
        with pytest.raises(WrongState, match="stop it first"):
            runs.set_deleted(here, run_id, deleted=True)
        assert [row.run.id for row in runs.rows(here)] == [run_id]
        runs.set_deleted(here, run_id, deleted=False)  # brings back what is there already
        return
    runs.set_deleted(here, run_id, deleted=True)
    assert runs.rows(here) == []
    with pytest.raises(NotFound, match="was deleted"):
        runs.requeue(here, run_id)
    runs.set_deleted(here, run_id, deleted=False)
    assert [(row.run.id, row.state) for row in runs.rows(here)] == [(run_id, source)]


def test_another_life_moves_nothing(here: Workspace) -> None:
    run_id = run_in(here, "running")
    with write(here) as session:
        assert not runs.move(session, run_id, "finished", life=1)
        assert runs.move(session, run_id, "finished", life=0)

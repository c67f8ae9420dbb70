"""Tags, notes and pins; and groups of runs that differ by their seed."""

from __future__ import annotations

import pytest

from engine import api
from engine.config import build
from engine.errors import BadRequest, NotFound
from engine.store import runs
from engine.store.database import write
from engine.store.workspace import Workspace


@pytest.fixture
def run_id(here: Workspace) -> str:
    new = runs.new_id()
    with write(here) as session:
        runs.insert(session, new, build({}), "", "a run")
    return new


def test_labels_are_kept_as_a_person_means_them(run_id: str) -> None:
    assert api.tag(run_id, ["  big ", "a  b", "big", ""]).tags == ("a b", "big")
    assert api.annotate(run_id, " first\nsecond\x00 ").note == "first\nsecond"
    assert api.pin(run_id).pinned and not api.pin(run_id, False).pinned
    assert api.get_run(run_id).tags == ("a b", "big")
    assert api.tag(run_id, []).tags == ()


@pytest.mark.parametrize("tags", [["x" * 33], ["a,b"], ["a\x00"], [str(i) for i in range(13)]])
def test_tags_that_are_none(run_id: str, tags: list[str]) -> None:
    with pytest.raises(BadRequest, match="at most"):
        api.tag(run_id, tags)


def test_a_note_has_an_end(run_id: str) -> None:
    with pytest.raises(BadRequest, match="4,000"):
        api.annotate(run_id, "x" * 4001)


def test_only_runs_are_labelled(here: Workspace) -> None:
    with pytest.raises(NotFound):
        api.pin("00000000")


def test_a_group_is_the_experiment_without_its_seed() -> None:
    one = api.group_of(build({"seed": 0}))
    assert one == api.group_of(build({"seed": 7, "device": "cpu"}))
    assert one != api.group_of(build({"seed": 0, "width": 16}))
    assert one != api.group_of(build({"recipe": "idc"}))

"""The real batches that a run was matched against: kept as they were picked, at some steps, whatever happened on the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from engine import api
from engine.config import RunConfig
from engine.distill import distill
from engine.distill.ready import Ready
from engine.errors import BadData, Damaged, NotFound
from engine.events import Event, Opened, Picked, State
from engine.runner import picks, worker
from engine.runner.picks import PickBook
from engine.store import artifacts, history, runs
from engine.store.database import write
from engine.store.workspace import Workspace
from tests.runner.fake import take
from tests.small import small_config, small_data

Kept = dict[int, dict[int, list[int]]]


def queue(here: Workspace) -> str:
    run_id, config = runs.new_id(), small_config(outer=3, inner=5, interval=2, evaluate_every=0)
    here.run(run_id).root.mkdir(parents=True)
    artifacts.write_json(here.run(run_id).config, config.to_dict())
    with write(here) as session:
        runs.insert(session, run_id, config, "", "a run")
    return run_id


class Work:
    """The real loop on small data; breaks after `leave` events of picks. `told` is what it said."""

    def __init__(self, here: Workspace, run_id: str, leave: int = 0) -> None:
        self.here, self.run_id, self.leave = here, run_id, leave
        self.told: Kept = {}

    def __call__(self, config: RunConfig, cache: Path, resume: State | None) -> Iterator[Event]:
        data, seen = small_data(), 0
        yield Opened(data.classes, data.num_train, len(data.test_images), 1, data.side)
        for event in distill(config, data, torch.device("cpu"), resume, Ready(scored=False)):
            if isinstance(event, Picked):
                seen += 1
                self.told.setdefault(event.step, {})[event.label] = event.indices.tolist()
                if seen == self.leave:
                    raise BadData("The disk with the data is gone.")
            yield event


def kept(run_id: str) -> Kept:
    classes = range(small_data().num_classes)
    return {step: {c: api.picks_at(run_id, step, c).tolist() for c in classes} for step in api.picks(run_id)}


def test_what_is_kept_is_what_the_loop_picked(here: Workspace) -> None:
    run_id = queue(here)
    work = Work(here, run_id)
    assert worker.run(here, run_id, take(here, run_id), work) == 0
    assert list(work.told) == [0, 2, 4, 5, 7, 9, 10, 12, 14] and kept(run_id) == work.told
    assert api.picks_at(run_id, 2, 1).dtype == np.int64


def test_a_broken_run_keeps_the_same_after_it_was_resumed(here: Workspace) -> None:
    """Left while the classes of step 7 are being told: nothing of that step is kept, and nothing is kept twice or missed."""
    whole, broken = queue(here), queue(here)
    worker.run(here, whole, take(here, whole), Work(here, whole))
    assert worker.run(here, broken, take(here, broken), Work(here, broken, leave=4 * 3 + 2)) == 1
    assert api.picks(broken) == [0, 2, 4, 5]
    runs.requeue(here, broken)
    assert worker.run(here, broken, take(here, broken), Work(here, broken)) == 0
    assert kept(broken) == kept(whole)


def test_what_was_picked_past_the_checkpoint_is_forgotten(here: Workspace) -> None:
    run_id = queue(here)
    worker.run(here, run_id, take(here, run_id), Work(here, run_id))
    history.rewind(here, run_id, 7)
    assert api.picks(run_id) == [0, 2, 4, 5, 7]
    history.rewind(here, run_id, -1)
    assert api.picks(run_id) == []


@pytest.mark.parametrize(("most", "expected"), [(4, [0, 5, 10, 14]), (2, [0, 9, 14]), (100, [0, 2, 4, 5, 7, 9, 10, 12, 14])])  # fmt: skip
def test_long_runs_keep_evenly_many_with_the_first_and_the_last(
    most: int, expected: list[int], here: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picks, "MOST_STEPS", most)
    run_id = queue(here)
    worker.run(here, run_id, take(here, run_id), Work(here, run_id))
    assert api.picks(run_id) == expected


def test_many_classes_keep_fewer_steps(here: Workspace) -> None:
    run_id = queue(here)
    config = small_config(outer=100, inner=10, interval=1, clusters=128)
    book = PickBook(here.run(run_id), config)
    book.opened(1000)
    size = 1000 * 128 * 8
    for step in range(config.total_steps):
        book.add(Picked(step, 0, torch.arange(3)))
        book.flush()
    steps = api.picks(run_id)
    assert steps[0] == 0 and steps[-1] == config.total_steps - 1
    assert len(steps) * size <= picks.MOST_BYTES + 2 * size and len(set(np.diff(steps)[:-1].tolist())) == 1


def test_what_was_not_kept_is_a_sentence(here: Workspace) -> None:
    run_id = queue(here)
    assert api.picks(run_id) == []
    artifacts.write_picks(here.run(run_id), 10, {0: np.array([4, 2])})
    assert api.picks_at(run_id, 10, 0).tolist() == [4, 2]
    for step, label in ((11, 0), (10, 7), (-1, 0)):
        with pytest.raises(NotFound):
            api.picks_at(run_id, step, label)
    path = here.run(run_id).picks / "0000010.safetensors"
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(Damaged, match="choose another step"):
        api.picks_at(run_id, 10, 0)

"""One life of a run: what is kept, where it may be left, how it ends."""

from __future__ import annotations

import errno
import logging
import os
import shutil
import signal
import time
from functools import partial

import numpy as np
import pytest
import torch

from engine import api
from engine.errors import NoSpace
from engine.events import Evaluated, Snapshot
from engine.runner import checkpoints, scribe, worker
from engine.runner.worker import WORDS
from engine.store import artifacts, runs
from engine.store.database import write
from engine.store.workspace import Workspace
from tests.runner.fake import CLASSES, Pipeline, curves, damaged_data, live, queue, take


def until(condition: object, seconds: float = 10.0) -> None:
    """Waits for what another thread does."""
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def wisher(here: Workspace, run_id: str, what: str) -> object:
    """Asks for a stop, and waits until the worker's writing thread has heard: then the next event is the first to know."""

    def wish() -> None:
        runs.wish(here, run_id, what)
        time.sleep(2.5 * scribe.LISTEN_SECONDS)

    return wish


def test_a_whole_life(here: Workspace) -> None:
    run_id = queue(here)
    assert live(here, run_id, Pipeline()) == 0
    run = api.get_run(run_id)
    assert (run.state, run.step, run.total, run.progress, run.phase, run.error) == ("finished", 6, 6, 1.0, "", "")
    assert run.seconds > 0 and run.finished and run.eta is None
    assert run.accuracy and run.initial and run.random and run.full is None
    assert (run.initial.mean, run.random.std) == (30.5, 0.5)
    assert api.class_names(run_id) == CLASSES
    assert api.snapshots(run_id) == list(range(7))
    assert artifacts.steps(here.run(run_id).checkpoints) == [6]  # the last is always kept; others only every 20 s
    text, end = api.log(run_id)
    assert all(words in text for words in ("Started", "3 classes", WORDS["distilled"], "Finished"))
    assert api.log(run_id, end) == ("", end)


def test_snapshots_are_exact(here: Workspace) -> None:
    run_id, seen = queue(here, seed=5), []

    class Spy(Pipeline):
        def __call__(self, *args):  # type: ignore[no-untyped-def]
            for event in super().__call__(*args):
                if isinstance(event, Snapshot):
                    seen.append(event.images.numpy().copy())
                yield event

    live(here, run_id, Spy())
    for step, images in enumerate(seen):
        np.testing.assert_array_equal(api.snapshot(run_id, step), images)


@pytest.mark.parametrize(("wish", "state"), [("stop", "stopped"), ("pause", "paused")])
def test_left_and_resumed_is_as_unbroken(here: Workspace, wish: str, state: str) -> None:
    whole, broken = queue(here, seed=11), queue(here, seed=11)
    live(here, whole, Pipeline())
    live(here, broken, Pipeline({3: wisher(here, broken, wish)}))
    left = api.get_run(broken)
    assert (left.state, left.step) == (state, 4)  # asked in the middle of the fourth inner loop, left at its end
    assert artifacts.steps(here.run(broken).checkpoints) == [4]
    runs.requeue(here, broken)
    live(here, broken, Pipeline())
    assert curves(here, broken) == curves(here, whole)
    assert api.get_run(broken).results == api.get_run(whole).results
    for step in range(7):
        np.testing.assert_array_equal(api.snapshot(broken, step), api.snapshot(whole, step))
    assert api.get_run(broken).seconds > left.seconds


def test_points_past_the_checkpoint_are_written_once(here: Workspace) -> None:
    """A worker that is killed leaves points that its last checkpoint knows nothing of."""
    whole, broken = queue(here, seed=4), queue(here, seed=4)
    live(here, whole, Pipeline())
    live(here, broken, Pipeline({2: wisher(here, broken, "stop")}))
    kept = artifacts.steps(here.run(broken).checkpoints)
    runs.requeue(here, broken)
    live(here, broken, Pipeline({5: wisher(here, broken, "stop")}))
    assert len(curves(here, broken)) > 10
    late = here.run(broken).checkpoints / f"{artifacts.stem(6)}.safetensors"
    assert late.exists() and kept == [3]
    late.unlink()
    assert api.get_run(broken).state == "stopped"
    runs.requeue(here, broken)
    live(here, broken, Pipeline())
    assert curves(here, broken) == curves(here, whole)


def test_a_damaged_checkpoint_falls_back(here: Workspace) -> None:
    whole, broken = queue(here, seed=8), queue(here, seed=8)
    live(here, whole, Pipeline())
    live(here, broken, Pipeline({1: wisher(here, broken, "stop")}))
    runs.requeue(here, broken)
    live(here, broken, Pipeline({3: wisher(here, broken, "pause")}))
    newest = here.run(broken).checkpoints / f"{artifacts.stem(4)}.safetensors"
    newest.write_bytes(newest.read_bytes()[:-7])
    runs.requeue(here, broken)
    live(here, broken, Pipeline())
    assert "damaged" in api.log(broken)[0] and "from step 2" in api.log(broken)[0]
    assert curves(here, broken) == curves(here, whole)


def test_without_any_checkpoint_it_starts_anew(here: Workspace) -> None:
    run_id = queue(here)
    live(here, run_id, Pipeline({0: wisher(here, run_id, "stop")}))
    assert (api.get_run(run_id).state, artifacts.steps(here.run(run_id).checkpoints)) == ("stopped", [])
    runs.requeue(here, run_id)
    live(here, run_id, Pipeline())
    fresh = queue(here)
    live(here, fresh, Pipeline())
    assert curves(here, run_id) == curves(here, fresh)


def test_a_wish_during_the_last_measurements_is_heard(here: Workspace) -> None:
    """The inner loops are done and no checkpoint will come any more: the run is left all the same."""
    run_id = queue(here)

    class Long(Pipeline):
        def __call__(self, *args):  # type: ignore[no-untyped-def]
            for event in super().__call__(*args):
                if isinstance(event, Evaluated) and event.what == "random":
                    wisher(here, run_id, "stop")()  # type: ignore[operator]
                yield event

    live(here, run_id, Long())
    assert api.get_run(run_id).state == "stopped"
    runs.requeue(here, run_id)
    live(here, run_id, Pipeline())
    assert api.get_run(run_id).state == "finished"


def test_sigterm_is_a_wish_to_stop(here: Workspace) -> None:
    run_id = queue(here)
    live(here, run_id, Pipeline({2: lambda: os.kill(os.getpid(), signal.SIGTERM)}))
    assert api.get_run(run_id).state == "stopped"
    assert artifacts.steps(here.run(run_id).checkpoints) == [3]


@pytest.mark.parametrize(
    ("ruin", "kind", "words"),
    [
        (damaged_data(), "BadData", "The archive is damaged"),
        (NoSpace("The disk is full."), "NoSpace", "full"),
        (OSError(errno.ENOSPC, "No space left on device"), "NoSpace", "No space is left"),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), "RunFailed", "memory"),
        (MemoryError(), "RunFailed", "memory"),
        (ZeroDivisionError("a bug"), "Bug", "ZeroDivisionError"),
    ],
)
def test_what_breaks_a_run_is_one_sentence(here: Workspace, ruin: Exception, kind: str, words: str) -> None:
    run_id = queue(here)
    assert live(here, run_id, Pipeline(ruin=ruin)) == 1
    run = api.get_run(run_id)
    assert (run.state, run.error_kind) == ("failed", kind)
    assert words in run.error and "\n" not in run.error and "Traceback" not in run.error
    assert ("Traceback" in api.log(run_id)[0]) == (kind == "Bug")
    runs.requeue(here, run_id)
    live(here, run_id, Pipeline())
    assert (api.get_run(run_id).state, api.get_run(run_id).error) == ("finished", "")


def test_warnings_of_the_engine_reach_the_runs_log_once(here: Workspace) -> None:
    run_id = queue(here)
    warn = partial(logging.getLogger("engine.distill.sweep").warning, "The device's memory is short: %d classes.", 5)
    live(here, run_id, Pipeline({1: warn, 2: warn}))
    assert api.log(run_id)[0].count("The device's memory is short: 5 classes.") == 1
    assert not logging.getLogger("engine").handlers


def test_a_worker_that_was_replaced_writes_nothing(here: Workspace) -> None:
    """Taken for dead, the run was resumed with another worker: the first one's points must not mix in."""
    run_id = queue(here)

    def replaced() -> None:
        with write(here) as session:
            runs.move(session, run_id, "lost")
        runs.requeue(here, run_id)
        take(here, run_id)
        time.sleep(1.5 * scribe.BATCH_SECONDS)

    before = []
    assert live(here, run_id, Pipeline({0: lambda: before.append(len(curves(here, run_id))), 2: replaced})) == 1
    run = api.get_run(run_id)
    assert run.state == "starting" and run.error == ""
    assert not [point for point in curves(here, run_id) if point[0] > 2]


def test_a_worker_ends_with_its_workspace(here: Workspace) -> None:
    run_id = queue(here, outer=100)
    background = Workspace.current(existing=True)
    pipeline = Pipeline({2: lambda: shutil.rmtree(here.root)}, pause=0.02)
    assert worker.run(background, run_id, take(here, run_id), pipeline) == 1
    assert not here.root.exists()


def test_a_worker_without_a_run_ends(here: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    run_id = queue(here)
    assert worker.run(here, run_id, 1, Pipeline()) == 1
    assert "does not wait" in capsys.readouterr().err


def test_points_reach_readers_at_once_and_then_in_batches(here: Workspace) -> None:
    run_id = queue(here)
    writer = scribe.Scribe(here, run_id, take(here, run_id))
    writer.begin()
    flushes: list[float] = []
    original = writer.flush

    def counted() -> None:
        flushes.append(time.monotonic())
        original()

    writer.flush = counted  # type: ignore[method-assign]
    until(lambda: flushes)
    began = time.monotonic()
    step = 0
    while time.monotonic() - began < 2.2:
        writer.points(step, {"loss.feature": step / 2})
        step += 1
        time.sleep(0.002)
    gaps = np.diff(flushes)
    assert len(flushes) <= 5 and (gaps >= scribe.BATCH_SECONDS - 1e-3).all()
    with write(here) as session:
        runs.move(session, run_id, "running")
    writer.close("finished")
    assert [point[0] for point in curves(here, run_id)] == list(range(step))


def test_points_that_are_no_numbers_survive(here: Workspace) -> None:
    run_id = queue(here)
    writer = scribe.Scribe(here, run_id, take(here, run_id))
    writer.begin()
    writer.points(1, {"loss.feature": float("nan"), "loss.gradient": float("inf"), "speed": 2.5})
    writer.running()
    writer.close("finished")
    values = {name: value for _, name, value in curves(here, run_id)}
    assert np.isnan(values["loss.feature"]) and np.isnan(values["loss.gradient"]) and values["speed"] == 2.5


def test_only_two_checkpoints_are_kept(here: Workspace) -> None:
    folder = here.run(queue(here))
    for step in (10, 20, 30):
        checkpoints.save(folder, step, {"x": torch.full((2,), float(step))})
    assert artifacts.steps(folder.checkpoints) == [20, 30]
    found = checkpoints.newest(folder)
    assert found is not None and found[0] == 30 and found[1]["x"].tolist() == [30.0, 30.0]

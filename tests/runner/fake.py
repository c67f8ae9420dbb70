"""A pipeline that costs nothing but behaves like the real one, and runs to try it on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import torch
from sqlalchemy import update

from engine.config import RunConfig, build
from engine.errors import BadData
from engine.events import Checkpoint, Done, Evaluated, Event, Metrics, Opened, Progress, Score, Snapshot, State
from engine.runner import worker
from engine.store import artifacts, runs
from engine.store.database import write
from engine.store.tables import RunRow
from engine.store.workspace import Workspace

CLASSES = ("nought", "one", "two")


class Pipeline:
    """A number that wanders; every step depends on all before it, so that a wrong resume shows in every later value.

    `asks`: at the given step, the first event of that step calls it (to wish, to signal, ...). `pause`: seconds per step.
    """

    def __init__(
        self, asks: dict[int, object] | None = None, pause: float = 0.0, ruin: Exception | None = None
    ) -> None:
        self.asks, self.pause, self.ruin = asks or {}, pause, ruin

    def __call__(self, config: RunConfig, cache: Path, resume: State | None) -> Iterator[Event]:
        yield Progress("reading", 0, 1)
        yield Opened(CLASSES, 30, 9, 1, 4)
        draws = torch.Generator().manual_seed(config.seed)
        x, step = torch.zeros(3 * config.ipc, 1, 4, 4), 0
        if resume is None:
            yield Snapshot(0, x)
            yield Evaluated(0, "initial", (score(30.0),))
        else:
            x, step = resume["x"].clone(), int(resume["step"])
            draws.set_state(resume["draws"])
        while step < config.total_steps:
            self._ask(step)
            yield Metrics(step, {"mmd.random": float(x.mean()) + 2})
            x = (x + torch.rand(x.shape, generator=draws) / 3).remainder(1.0)
            step += 1
            if self.ruin and step == 2:
                raise self.ruin
            time.sleep(self.pause)
            yield Metrics(step, {"loss.feature": float(x.std()), "loss.gradient": float(x.mean())})
            yield Snapshot(step, x)
            at = {"x": x, "step": torch.tensor(step), "draws": draws.get_state()}
            yield Checkpoint(step, lambda at=at: at)  # type: ignore[misc]
        yield Progress("accuracy of the synthetic images", 1, 2)
        yield Evaluated(step, "distilled", (score(float(x.mean()) * 100),))
        yield Metrics(step, {"accuracy": float(x.mean()) * 100})
        yield Evaluated(step, "random", (score(20.0),))
        yield Done(step)

    def _ask(self, step: int) -> None:
        if callable(ask := self.asks.get(step)):
            ask()


def score(accuracy: float) -> Score:
    return Score("convnet", (accuracy, accuracy + 1), {"epochs": 1})


def config_of(**settings: object) -> RunConfig:
    """A run of `outer` x `inner` steps; the defaults make 6."""
    return build(
        {"dataset": "digits", "ipc": 1, "outer": 2, "inner": 3, "device": "cpu", "evaluate_every": 0} | settings
    )


def queue(workspace: Workspace, **settings: object) -> str:
    """A queued run, as `api.launch` leaves it; its id."""
    run_id, config = runs.new_id(), config_of(**settings)
    workspace.run(run_id).root.mkdir(parents=True)
    artifacts.write_json(workspace.run(run_id).config, config.to_dict())
    with write(workspace) as session:
        runs.insert(session, run_id, config, "", "a run")
    return run_id


def take(workspace: Workspace, run_id: str) -> int:
    """Does what the supervisor does before it starts a worker; the number of the life."""
    life = runs.row(workspace, run_id).life + 1
    with write(workspace) as session:
        assert runs.move(session, run_id, "starting", slot="cpu")
        runs.change(session, update(RunRow).where(RunRow.id == run_id).values(life=life, heartbeat=time.time()))
    return life


def live(workspace: Workspace, run_id: str, pipeline: Pipeline) -> int:
    """One life of the run in this process; the worker's exit code."""
    return worker.run(workspace, run_id, take(workspace, run_id), pipeline)


def curves(workspace: Workspace, run_id: str) -> list[tuple[int, str, float]]:
    """Everything on the run's curves, without the clock."""
    return [(row.step, row.name, row.value) for row in runs.metrics(workspace, run_id, (), 0)[0]]


def damaged_data() -> BadData:
    return BadData("The archive is damaged; give another.")

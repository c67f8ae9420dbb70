"""The distillation loop: a generator of events that knows no store and no screen.

One outer iteration takes a fresh network; in it, each inner loop sweeps all classes once (one image step per class) and then
trains the network on real data (IDC, DREAM, DREAM+: METHODS A4-A6). Stopping is no longer asking for the next event.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import torch

from engine.config import RunConfig
from engine.data.dataset import Dataset
from engine.distill.loop import Loop
from engine.distill.ready import Ready
from engine.evaluate import evaluate_synthetic
from engine.events import Checkpoint, Done, Evaluated, Event, Metrics, Picked, Progress, Snapshot, State
from engine.metrics.measure import migration
from engine.nets import Network
from engine.side_by_side import REPORT_SECONDS

READ_SECONDS = 1.0  # a GPU's losses are read at least so often


def distill(
    config: RunConfig,
    data: Dataset,
    device: torch.device,
    resume: State | None = None,
    ready: Ready | None = None,
) -> Iterator[Event]:
    """Distils `data` (moved to `device`) and yields what happens.

    `resume` is a checkpoint's state: the run goes on with the bits it would have had (same machine, CPU). A Checkpoint's state may be asked for until the
    first event after it that is neither Progress nor Evaluated.
    """
    data, ready = data.to(device), ready or Ready()
    loop = Loop(config, data)
    if resume is None:
        yield from _spaced(loop.start(ready.chosen), "warming up the first network")
        yield Snapshot(0, loop.shown())
    else:
        loop.load(resume)
    while True:
        if ready.scored and loop.evaluated < loop.step and _evaluation_due(config, loop.step):
            yield from _evaluate(config, data, loop)
        if loop.step == config.total_steps:
            break
        yield from _inner_loop(config, data, loop, ready.reference)
    yield Done(loop.step)


def _spaced(progress: Iterator[tuple[int, int]], phase: str) -> Iterator[Progress]:
    """Progress events, two a second at most."""
    spoke = time.monotonic()
    for done, total in progress:
        if time.monotonic() - spoke > REPORT_SECONDS:
            spoke = time.monotonic()
            yield Progress(phase, done, total)


def _inner_loop(config: RunConfig, data: Dataset, loop: Loop, reference: Network | None) -> Iterator[Event]:
    if loop.step and loop.outer_ended:
        yield from _spaced(loop.fresh_network(), "warming up a fresh network")
    measured, picked = loop.refresh()
    if measured:
        yield Metrics(loop.step, measured)
    for label, indices in picked:
        yield Picked(loop.step, label, indices)
    loop.advance()
    if not _looked_at(config, loop, data.device):
        return
    yield from _record(config, data, loop, reference)
    yield Checkpoint(loop.step, loop.state_getter())


def _record(config: RunConfig, data: Dataset, loop: Loop, reference: Network | None) -> Iterator[Event]:
    """What there is to tell of the inner loops since the last time."""
    step, last = loop.step, {}
    for at, losses in loop.losses():
        if at < step:
            yield Metrics(at, losses)
        else:
            last = losses
    if step % config.migration_every == 0:
        if reference is not None:
            last["migration"] = migration(reference, data, loop.shown(), loop.anchor, config.factor)
        loop.anchor = loop.shown().clone()
    if step % config.interval == 0 or step == config.total_steps:
        last |= loop.lap()
    yield Metrics(step, last)
    if step % config.snapshot_every == 0 or step == config.total_steps:
        yield Snapshot(step, loop.shown())


def _looked_at(config: RunConfig, loop: Loop, device: torch.device) -> bool:
    """Whether this inner loop is waited for. On a CPU always; a GPU is let run ahead, unless something is recorded here, an
    outer iteration has ended, or a second has passed."""
    often = (config.interval, config.snapshot_every, config.migration_every, config.metrics_every, config.inner)
    if device.type == "cpu" or loop.step == config.total_steps or _evaluation_due(config, loop.step):
        return True
    return any(loop.step % every == 0 for every in often) or loop.seconds_unread() > READ_SECONDS


def _evaluation_due(config: RunConfig, step: int) -> bool:
    every = config.evaluate_every
    return step in (0, config.total_steps) or bool(every and step % every == 0)


def _evaluate(config: RunConfig, data: Dataset, loop: Loop) -> Iterator[Event]:
    what = "initial" if loop.step < config.total_steps and not loop.step else "distilled"
    for event in evaluate_synthetic(config, data, loop.images, loop.step, what):
        yield event
        if isinstance(event, Evaluated):
            score = event.scores[0]
            yield Metrics(event.step, {"accuracy": score.mean, "accuracy.std": score.std})
    loop.evaluated = loop.step

"""The whole work of a run, from files to scores, as one stream of events. Knows no store and no screen."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

import torch

from engine.baselines import full_data, random_selection
from engine.config import RunConfig
from engine.cores import threads
from engine.data.dataset import Dataset
from engine.data.load import load
from engine.devices import resolve
from engine.distill import distill
from engine.distill.continual import continual
from engine.distill.ready import make_ready, until_found
from engine.events import Done, Event, Opened, Progress, State
from engine.fast.kernels import prepare
from engine.precision import use
from engine.run_data import pruned
from engine.side_by_side import REPORT_SECONDS


def work(config: RunConfig, cache: Path, resume: State | None = None) -> Iterator[Event]:
    """Everything a run does: read the data, warm up, distil, evaluate, measure the baselines.

    `cache` keeps what runs share (decoded data, baselines, reference networks). Stop by not asking for the next event.
    Raises BadData, BadConfig for what cannot be run.
    """
    device = resolve(config.device)
    torch.set_num_threads(threads(config))
    use(config.precision)
    compiling = Thread(target=prepare, daemon=True)  # beside the reading
    if device.type == "cpu":
        compiling.start()
    data = yield from _load(config, cache)
    while compiling.is_alive():
        compiling.join(REPORT_SECONDS)
        yield Progress("preparing the fast loops, once on this machine", 0, 1)
    data = yield from until_found(pruned(config, data.to(device), cache))
    if config.increments > 1:
        events = continual(config, data, cache, resume)
    else:
        ready = yield from make_ready(config, data, cache)
        events = distill(config, data, device, resume, ready)
    for event in events:
        if not isinstance(event, Done):
            yield event
    yield from random_selection(config, data, cache)
    if config.full_epochs:
        yield from full_data(config, data, cache)
    yield Done(config.total_steps)


class _Abandoned(Exception):
    """Nobody listens to the reading any more."""


def _load(config: RunConfig, cache: Path) -> Generator[Event, None, Dataset]:
    """Reads the data in a thread of its own, so that its progress can be yielded and the reading be left in the middle."""
    said: SimpleQueue[Progress | Dataset | BaseException] = SimpleQueue()
    left = threading.Event()

    def report(progress: Progress) -> None:
        if left.is_set():
            raise _Abandoned
        said.put(progress)

    def read() -> None:
        try:
            said.put(load(config, cache, report))
        except BaseException as error:  # handed to the one who waits
            said.put(error)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        while isinstance(item := said.get(), Progress):
            yield item
    finally:
        left.set()
        reader.join()
    if isinstance(item, BaseException):
        raise item
    yield Opened(item.classes, item.num_train, len(item.test_labels), item.channels, item.side)
    return item

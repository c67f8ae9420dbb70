"""What is made before a distillation begins: the reference network, the coreset that S starts from."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from torch import Tensor

from engine.config import RunConfig
from engine.coresets import CORESETS, select
from engine.data.dataset import Dataset
from engine.events import Progress
from engine.nets import Network
from engine.reference import reference_network

Found = TypeVar("Found")


class Ready(NamedTuple):
    """`reference`: the fixed network for feature migration; None = that curve is not drawn. `chosen`: per class, the positions
    in the training set that S starts from; None = as the config says. `scored`: whether S is evaluated along the way."""

    reference: Network | None = None
    chosen: Sequence[Tensor] | None = None
    scored: bool = True


def make_ready(config: RunConfig, data: Dataset, cache: Path) -> Generator[Progress, None, Ready]:
    """Progress, and what the config asks for. `cache` keeps what runs share."""
    reference: Network | None = None
    chosen: list[Tensor] | None = None
    if config.reference_epochs and config.migration_every <= config.total_steps:
        reference = (yield from until_found(reference_network(config, data, cache))).eval()
    if config.init in CORESETS:
        count = config.ipc * config.factor**2
        chosen = yield from until_found(select(config.init, count, config, data, cache, config.seed))
    return Ready(reference, chosen)


def until_found(work: Iterator[Progress | Found]) -> Generator[Progress, None, Found]:
    """Passes the progress on and returns what comes after it."""
    for item in work:
        if not isinstance(item, Progress):
            return item
        yield item
    raise RuntimeError("the work ended without its result")

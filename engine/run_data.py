"""The data that a run works on: read, and pruned where its config asks for that."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from engine.config import RunConfig
from engine.coresets import prune
from engine.data.dataset import Dataset
from engine.data.load import load
from engine.errors import BadConfig
from engine.events import Progress, Report
from engine.validation import size_problems


def run_data(config: RunConfig, cache: Path, report: Report) -> Dataset:
    """For work about a run, on the CPU. Raises BadData, BadConfig."""
    for item in pruned(config, load(config, cache, report), cache):
        if not isinstance(item, Progress):
            return item
        report(item)
    raise RuntimeError("the pruning ended without its data")


def pruned(config: RunConfig, data: Dataset, cache: Path) -> Generator[Progress | Dataset, None, None]:
    """Progress and, last, the data that is kept: all of it by default. Raises BadConfig when too little is left of a class."""
    if config.keep == 1:
        yield data
        return
    balanced = config.keep_per == "class"
    for item in prune(config, data, config.prune, config.keep, balanced, cache, config.seed):
        if isinstance(item, Dataset) and (problems := dict(size_problems(config, item.smallest_class))):
            raise BadConfig(problems)
        yield item

"""Runs that differ by their seed alone are repetitions of one experiment: its group."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache

from engine.config import RunConfig
from engine.results import methods
from engine.store.records import Run


def group_of(config: RunConfig) -> str:
    """8 hexadecimal characters, equal for configs that differ only in what does not change the experiment (seed, machine,
    recording)."""
    return _group_of(config)


@lru_cache(maxsize=8192)
def _group_of(config: RunConfig) -> str:
    return hashlib.sha256(repr(methods.identity(config)).encode()).hexdigest()[:8]


def groups(runs: Iterable[Run]) -> dict[str, list[Run]]:
    """Group -> its runs, both in the order given."""
    found: dict[str, list[Run]] = {}
    for run in runs:
        found.setdefault(group_of(run.config), []).append(run)
    return found

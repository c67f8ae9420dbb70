"""Threads that share the parts of one step of work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

import torch

from engine.cores import cores

T = TypeVar("T")
R = TypeVar("R")


class Crew:
    """Runs the parts in threads, one per core, where PyTorch itself works with one thread; else one after another.

    Parts must not change what another part reads: then the result does not depend on who does what when.
    """

    def each(self, work: Callable[[T], R], parts: Sequence[T]) -> list[R]:
        """What `work` gives for each part, in order. Raises what a part raises."""
        if len(parts) == 1 or torch.get_num_threads() > 1 or cores() == 1:
            return [work(part) for part in parts]
        return list(_threads().map(work, parts))


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(cores(), thread_name_prefix="crew")

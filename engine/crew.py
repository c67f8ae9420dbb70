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
    """Runs the parts in threads, one per core, on a CPU where PyTorch itself works with one thread; else one after another. A GPU has
    one queue, and a recording of its work one set of inputs: threads would write into each other's.

    Parts must not change what another part reads: then the result does not depend on who does what when.
    """

    def __init__(self, device: torch.device) -> None:
        self.threads = device.type == "cpu"

    def each(self, work: Callable[[T], R], parts: Sequence[T]) -> list[R]:
        """What `work` gives for each part, in order. Raises what a part raises."""
        if not self.threads or len(parts) == 1 or torch.get_num_threads() > 1 or cores() == 1:
            return [work(part) for part in parts]
        return list(_threads().map(work, parts))


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(cores(), thread_name_prefix="crew")

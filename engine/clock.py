"""Where the time of a run goes, and how much memory it takes."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from engine.devices import finish

PARTS = ("cluster", "match", "network")


class Clock:
    """Sums the seconds of each part between laps. On a GPU the parts are marked in its queue and read at the lap, so that
    nobody waits for it inside an inner loop."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.spent = dict.fromkeys(PARTS, 0.0)
        self.marks: list[tuple[str, torch.cuda.Event, torch.cuda.Event]] = []
        self.since = time.perf_counter()

    @contextmanager
    def time(self, part: str) -> Iterator[None]:
        if self.device.type == "cuda":
            begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
            begin.record()
            yield
            end.record()
            self.marks.append((part, begin, end))
            return
        start = time.perf_counter()
        yield
        self.spent[part] += time.perf_counter() - start

    def _read_marks(self) -> None:
        finish(self.device)
        for part, begin, end in self.marks:
            self.spent[part] += begin.elapsed_time(end) / 1e3
        self.marks.clear()

    def lap(self, steps: int) -> dict[str, float]:
        """Speed, time split and memory since the last lap of `steps` inner loops."""
        self._read_marks()
        now = time.perf_counter()
        whole = max(now - self.since, 1e-9)
        shares = {f"share.{part}": 100 * seconds / whole for part, seconds in self.spent.items()}
        self.since, self.spent = now, dict.fromkeys(PARTS, 0.0)
        rest = max(0.0, 100 - sum(shares.values()))
        return {"speed": steps / whole, "share.rest": rest, "memory": peak_memory_mb(self.device)} | shares


def peak_memory_mb(device: torch.device) -> float:
    """Peak megabytes so far: allocated on a GPU, resident in the process on a CPU."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6

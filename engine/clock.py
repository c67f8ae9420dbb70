"""Where the time of a run goes, how busy it keeps its device, and how much memory it takes."""

from __future__ import annotations

import resource
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from engine.cores import cores
from engine.devices import finish

PARTS = ("cluster", "match", "network", "warmup")
LOOK_SECONDS = 1.0  # between two looks at the driver's figure, which itself covers up to a second


class Driver:
    """How busy a GPU is, as its driver says; asked now and then by the host alone, so that nobody waits for the GPU."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.answers = True  # until it fails once
        self._seen: list[float] = []
        self._latest: float | None = None
        self._due = time.perf_counter() + LOOK_SECONDS

    def look(self) -> None:
        """Takes the figure of about the last second, if the one before is as old as that."""
        now = time.perf_counter()
        if not self.answers or now < self._due:
            return
        self._due = now + LOOK_SECONDS
        try:
            self._seen.append(float(torch.cuda.utilization(self.device)))
        except Exception:  # no nvidia-ml-py, or a GPU that does not tell: the driver's errors share no family with ours
            self.answers = False

    def mean(self) -> float | None:
        """Percent since this was asked last; for a time too short for a look, what was said before it. None = unknown."""
        if self._seen:
            self._latest = statistics.fmean(self._seen)
            self._seen.clear()
        return self._latest if self.answers else None


class Clock:
    """Sums the seconds of each part between laps. On a GPU the parts are marked in its queue and read at the lap, so that
    nobody waits for it inside an inner loop."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.spent = dict.fromkeys(PARTS, 0.0)
        self.marks: list[tuple[str, torch.cuda.Event, torch.cuda.Event]] = []
        self.driver = Driver(device)
        self.since, self.worked = time.perf_counter(), time.process_time()

    @contextmanager
    def time(self, part: str) -> Iterator[None]:
        if self.device.type == "cuda":
            self.driver.look()
            begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
            queue = torch.cuda.current_stream(self.device)
            begin.record(queue)
            yield
            end.record(queue)
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
        """Speed, time split, utilisation and memory since the last lap of `steps` inner loops."""
        self._read_marks()
        now, worked = time.perf_counter(), time.process_time()
        whole = max(now - self.since, 1e-9)
        busy = self._busy(whole, worked - self.worked)
        shares = {f"share.{part}": 100 * seconds / whole for part, seconds in self.spent.items()}
        self.since, self.worked, self.spent = now, worked, dict.fromkeys(PARTS, 0.0)
        rest = max(0.0, 100 - sum(shares.values()))
        memory = peak_memory_mb(self.device)
        return {"speed": steps / whole, "share.rest": rest, "utilisation": busy, "memory": memory} | shares

    def _busy(self, whole: float, worked: float) -> float:
        """Percent of the last `whole` seconds that the device computed, 100 at most: on a CPU, where all threads together
        `worked` so long, of its cores; on a GPU the driver's word, else the share in which the parts stood in its queue."""
        if self.device.type != "cuda":
            return min(100.0, 100 * worked / (whole * cores()))
        said = self.driver.mean()
        return min(100.0, 100 * sum(self.spent.values()) / whole) if said is None else said


def peak_memory_mb(device: torch.device) -> float:
    """Peak megabytes so far: allocated on a GPU, resident in the process on a CPU."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6

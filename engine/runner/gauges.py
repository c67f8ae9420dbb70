"""How busy this machine is: processors, memory, GPUs. Torch-free: the system and the GPU driver's own tool are asked."""

from __future__ import annotations

import shutil
import subprocess
import time
from functools import lru_cache
from typing import NamedTuple

import psutil

from engine.cores import cores
from engine.runner import slots

FRESH = 2.0  # seconds for which an answer of the driver's tool is used again
FIELDS = "uuid,utilization.gpu,memory.used,memory.total"


class Gauge(NamedTuple):
    """One slot for runs. `busy`: percent, `memory`, `memory_total`: MB; None where nobody tells."""

    slot: str
    name: str
    busy: float | None
    memory: float | None
    memory_total: float | None


def gauges() -> tuple[Gauge, ...]:
    """The CPU, then the GPUs in the order of `cuda:<number>`."""
    memory = psutil.virtual_memory()
    used = (memory.total - memory.available) / 1e6
    cpu = Gauge(
        slots.CPU, f"CPU, {cores()} core{'s' if cores() > 1 else ''}", psutil.cpu_percent(), used, memory.total / 1e6
    )
    present = slots.gpus()
    told = parse(_asked(int(time.monotonic() / FRESH))) if present else {}
    return (cpu, *(Gauge(gpu.uuid, gpu.name, *told.get(gpu.uuid, (None, None, None))) for gpu in present))


def parse(table: str) -> dict[str, tuple[float | None, float | None, float | None]]:
    """The driver's table -> GPU to busy in percent, memory in use and in all in MB."""
    rows = [[cell.strip() for cell in line.split(",")] for line in table.splitlines()]
    return {
        row[0]: (_number(row[1]), _number(row[2], 1.048576), _number(row[3], 1.048576)) for row in rows if len(row) == 4
    }


def _number(text: str, unit: float = 1.0) -> float | None:
    """None for '[N/A]', as a part of a split GPU answers."""
    try:
        return float(text) * unit
    except ValueError:
        return None


@lru_cache(1)
def _asked(_moment: int) -> str:
    tool = shutil.which("nvidia-smi")
    command = [str(tool), f"--query-gpu={FIELDS}", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout if answer.returncode == 0 else ""

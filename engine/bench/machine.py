"""What the machine can do at best: the yardstick for the share of its peak."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path

import torch

from engine.devices import finish
from engine.precision import use

SIDE = {"cpu": 2048, "cuda": 8192}
TRIES, LIMIT = 7, 2.0  # products timed; seconds after which no further one is begun


def machine(device: torch.device, threads: int) -> dict[str, object]:
    """Name, cores and matrix product rates; leaves threads and precision changed, so this is a process's last question.

    threads: how many PyTorch starts with in this environment.
    """
    torch.set_num_threads(threads)
    use("float32")
    found: dict[str, object] = {"name": name(device), "cores": os.cpu_count(), "threads": threads,
                                "system": platform.platform(), "matmul_gflops": matmul_gflops(device)}  # fmt: skip
    if device.type == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = True
        found["matmul_tf32_gflops"] = matmul_gflops(device)
    return found


def matmul_gflops(device: torch.device) -> float:
    """Best rate of a square matrix product in float32 under the settings as they are."""
    side = SIDE[device.type]
    a, b = torch.rand(side, side, device=device), torch.rand(side, side, device=device)
    torch.mm(a, b)
    finish(device)
    begun, best = time.perf_counter(), float("inf")
    for _ in range(TRIES):
        start = time.perf_counter()
        torch.mm(a, b)
        finish(device)
        best = min(best, time.perf_counter() - start)
        if time.perf_counter() - begun > LIMIT:
            break
    return 2 * side**3 / best / 1e9


def name(device: torch.device) -> str:
    """The GPU's name, or the processor's."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text(encoding="utf-8").splitlines() if cpu.is_file() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()

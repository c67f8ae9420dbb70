"""Where a run computes."""

from __future__ import annotations

import torch

from engine.config import RunConfig
from engine.cores import cores
from engine.errors import BadConfig
from engine.estimate.memory import GPU_STEPS, class_bytes


def resolve(device: str) -> torch.device:
    """auto -> the first GPU, else the CPU. Raises BadConfig when a GPU is asked for that is not there."""
    if device == "cpu":
        return torch.device("cpu")
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if device == "auto":
        return torch.device("cuda:0" if count else "cpu")
    number = int(device.partition(":")[2] or 0)
    if number >= count:
        have = f"{count} GPU(s), numbered from 0" if count else "no GPU that PyTorch can use"
        raise BadConfig(
            {"device": f"Device '{device}' was asked for, but this machine has {have}; use device=cpu or auto."}
        )
    return torch.device(f"cuda:{number}")


def finish(device: torch.device) -> None:
    """Wait until the device has done what it was given, so that a clock can be read."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


CACHED_BYTES = 45e6  # by `class_bytes`, of classes that are worth joining on a CPU: docs/PERFORMANCE.md


def classes_at_once(config: RunConfig, device: torch.device) -> int:
    """Classes whose image steps make one batch. On a CPU one, since classes go to different cores; of small networks as many as
    stay in its caches, for the sake of fewer and longer operations, but two batches at least. On a GPU as many as a sixth of its
    free memory holds, 3 GB at most: a recording keeps its own memory beside that of the first, plain run."""
    if device.type == "cpu":
        fitting = int(CACHED_BYTES / class_bytes(config))
        return max(1, min(fitting, (config.spec.classes or 10) // 2))
    free, _ = torch.cuda.mem_get_info(device)
    return max(1, int(min(free / 6, GPU_STEPS) / class_bytes(config)))


def networks_at_once(device: torch.device) -> int:
    """How many small networks are trained side by side: one per core where each has one thread, else one."""
    alone = device.type != "cpu" or torch.get_num_threads() > 1
    return 1 if alone else cores()

"""Where a run computes."""

from __future__ import annotations

import torch

from engine.config import RunConfig
from engine.cores import cores
from engine.errors import BadConfig
from engine.estimate import class_bytes


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


def classes_at_once(config: RunConfig, device: torch.device) -> int:
    """Classes whose image steps make one batch: one on a CPU, where they go to different cores; on a GPU as many as a third of
    its free memory holds, 6 GB at most."""
    if device.type == "cpu":
        return 1
    free, _ = torch.cuda.mem_get_info(device)
    return max(1, int(min(free / 3, 6e9) / class_bytes(config)))


def networks_at_once(device: torch.device) -> int:
    """How many small networks are trained side by side: one per core where each has one thread, else one."""
    alone = device.type != "cpu" or torch.get_num_threads() > 1
    return 1 if alone else cores()

"""How a run shares out the CPU's cores. Torch-free."""

from __future__ import annotations

import os

from engine.config import RunConfig


def cores() -> int:
    """Cores to work with: OMP_NUM_THREADS where it is set, else all."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return int(asked) if asked.isdigit() and int(asked) else os.cpu_count() or 1


def threads(config: RunConfig) -> int:
    """PyTorch's CPU threads in this run. The ConvNet's passes are shared out in larger parts than single operations
    (engine/crew.py), which loses nothing to waiting; every other network's operations are split over all cores."""
    return 1 if config.network == "convnet" and config.norm == "instance" else cores()

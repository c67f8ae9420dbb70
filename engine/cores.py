"""How a run shares out the CPU's cores. Torch-free."""

from __future__ import annotations

import os

from engine.config import RunConfig

VALUES_WORTH_MORE_THREADS = 32_768  # width x side^2 of the network's first layer


def cores() -> int:
    """Cores to work with: OMP_NUM_THREADS where it is set, else all."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return int(asked) if asked.isdigit() and int(asked) else os.cpu_count() or 1


def threads(config: RunConfig) -> int:
    """CPU threads for this run. A small network's layers end too soon to be shared out: a second thread gains little on a
    quiet machine and loses much as soon as anything else runs (docs/PERFORMANCE.md)."""
    small = config.network == "convnet" and config.width * config.image_side**2 < VALUES_WORTH_MORE_THREADS
    return 1 if small else cores()

"""Which process is which: a pid alone is not a name, because it is given out again; with its start time it is."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import psutil

from engine.store.workspace import HOME, Workspace

ROOT = Path(__file__).parents[2]
"""Folder that holds the `engine` package."""
SURROUNDINGS = {
    "CUDA_DEVICE_ORDER": "PCI_BUS_ID",  # numbers GPUs as nvidia-smi does, whose order is that of the settings
    "OMP_WAIT_POLICY": "passive",  # threads that wait by spinning starve each other as soon as anything else wants a core
    "MALLOC_MMAP_THRESHOLD_": str(
        2**30
    ),  # tensors up to a gigabyte keep their memory for the next ones, instead of having
    "MALLOC_TRIM_THRESHOLD_": str(
        2**31
    ),  # it from the system page by page at every operation (glibc; others do not look)
}
"""Environment of background processes, where a person has not set it otherwise; what costs time is measured in docs/PERFORMANCE.md."""
SLACK = 2.0  # seconds by which two readings of one process's start time may differ (the clock is adjusted now and then)


class Identity(NamedTuple):
    pid: int
    created: float


def own() -> Identity:
    """This process."""
    return Identity(os.getpid(), psutil.Process().create_time())


def identify(pid: int) -> Identity | None:
    """The process that has this pid now; None when there is none."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else Identity(pid, process.create_time())
    except psutil.Error:
        return None


def alive(pid: int | None, created: float | None) -> bool:
    """Whether that very process still runs (a zombie does not)."""
    now = identify(pid) if pid else None
    return now is not None and created is not None and abs(now.created - created) < SLACK


def signal(pid: int, created: float, number: int) -> None:
    """Sends a signal, if that very process is still there."""
    if alive(pid, created):
        try:
            os.kill(pid, number)
        except ProcessLookupError:  # it ended in between
            return


def spawn(
    arguments: Sequence[str], workspace: Workspace, output: Path, extra: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """Starts `python <arguments>` in a session of its own, so that neither Ctrl-C nor the end of its parent reaches it."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {
        **SURROUNDINGS,
        **os.environ,
        HOME: str(workspace.root),
        "PYTHONPATH": os.pathsep.join(paths),
        **extra,
    }
    with output.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def age(heartbeat: float | None) -> float:
    """Seconds since a heartbeat; infinite when there was none."""
    return time.time() - heartbeat if heartbeat is not None else float("inf")

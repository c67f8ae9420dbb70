"""Where runs can work: one slot per GPU, and one for the CPU. Torch-free: the driver's own tool is asked."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from functools import cache
from typing import NamedTuple

from engine.errors import BadConfig

CPU = "cpu"
_LINE = re.compile(r"\s*(GPU|MIG) (.+?)\s*\(UUID: (\S+)\)")


class Gpu(NamedTuple):
    """`uuid` names it whatever the order in which devices are counted."""

    uuid: str
    name: str


def gpus() -> tuple[Gpu, ...]:
    """The GPUs that this process may use, in the order of `cuda:<number>`: nvidia-smi's, narrowed by CUDA_VISIBLE_DEVICES."""
    return visible(_installed(), os.environ.get("CUDA_VISIBLE_DEVICES"))


def parse(listing: str) -> tuple[Gpu, ...]:
    """The output of `nvidia-smi -L`. A GPU that is split (MIG) counts as its parts."""
    found: list[tuple[str, Gpu]] = []
    for kind, name, uuid in _LINE.findall(listing):
        if kind == "MIG" and found and found[-1][0] == "GPU":
            found.pop()
        found.append(
            (
                kind,
                Gpu(uuid, name.partition(": ")[2] if kind == "GPU" else f"MIG {name.partition('Device')[0].strip()}"),
            )
        )
    return tuple(gpu for _, gpu in found)


def visible(installed: tuple[Gpu, ...], mask: str | None) -> tuple[Gpu, ...]:
    """`installed` as CUDA_VISIBLE_DEVICES shows it: numbers or the beginnings of UUIDs; the first unknown one ends the list."""
    if mask is None:
        return installed
    chosen: list[Gpu] = []
    for word in filter(None, (w.strip() for w in mask.split(","))):
        numbered = [installed[int(word)]] if word.isdigit() and int(word) < len(installed) else []
        matching = numbered or [gpu for gpu in installed if gpu.uuid.startswith(word) and not word.isdigit()]
        if len(matching) != 1 or matching[0] in chosen:
            break
        chosen += matching
    return tuple(chosen)


def choices(device: str, present: tuple[Gpu, ...]) -> tuple[str, ...]:
    """Slots in which a run with this `device` setting may work. Raises BadConfig when there is no such device."""
    if device == CPU or (device == "auto" and not present):
        return (CPU,)
    if device in ("auto", "cuda") and present:
        return tuple(gpu.uuid for gpu in present)
    number = int(device.partition(":")[2] or 0)
    if number < len(present):
        return (present[number].uuid,)
    have = f"this machine has {len(present)} (numbered from 0)" if present else "no NVIDIA GPU was found here"
    raise BadConfig({"device": f"Device '{device}' was asked for, but {have}; use device=auto or device=cpu."})


@cache
def _installed() -> tuple[Gpu, ...]:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return ()
    try:
        answer = subprocess.run([tool, "-L"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return parse(answer.stdout) if answer.returncode == 0 else ()

"""The files in which finished tasks leave their arrays."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt
import safetensors.numpy
from safetensors import SafetensorError

from engine.errors import Damaged


def arrays(folder: str, file: str, names: Sequence[str], task_id: str, remedy: str) -> list[npt.NDArray[Any]]:
    """The arrays of these names from `<folder>/<file>.safetensors`. `remedy` completes "...; <remedy>" where {folder} stands for the
    folder. Raises Damaged."""
    path = Path(folder) / f"{file}.safetensors"
    try:
        found = safetensors.numpy.load_file(path)
        return [found[name] for name in names]
    except (OSError, KeyError, SafetensorError) as error:
        told = remedy.format(folder=path.parent)
        raise Damaged(f"The result of task {task_id} cannot be read back ({error}); {told}.") from None

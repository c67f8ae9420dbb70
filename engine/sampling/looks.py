"""Parts of a look at a class that take long and do not depend on which batches are compared, kept beside the run."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from engine.store import artifacts


class Looks:
    """Of the network after `step` inner loops; those of other steps are dropped."""

    def __init__(self, run_dir: Path, step: int) -> None:
        self._folder, self._stem = run_dir / "looks", artifacts.stem(step)
        for old in self._folder.glob("*.safetensors"):
            if not old.name.startswith(self._stem):
                old.unlink(missing_ok=True)

    def kept(self, name: str, make: Callable[[], Tensor]) -> Tensor:
        """What `make` gives, made once per `name`. Raises NoSpace."""
        path = self._folder / f"{self._stem}-{hashlib.sha256(name.encode()).hexdigest()[:16]}.safetensors"
        with suppress(SafetensorError, OSError, KeyError):  # not there, or damaged: made anew
            return load_file(path)["value"]
        value = make().contiguous()
        with artifacts.whole(path) as part:
            save_file({"value": value}, part)
        return value

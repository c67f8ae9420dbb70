"""Which real images a run was matched against: kept for the first, the last and evenly many of its picking steps between.

Which steps are kept follows from the config and the number of classes alone, so that a resumed run keeps the same ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.config import RunConfig
from engine.store import artifacts
from engine.store.workspace import RunFolder

if TYPE_CHECKING:
    from engine.events import Picked

MOST_STEPS, MOST_BYTES = 200, 32 * 2**20  # of one run
BYTES_PER_PICK = 8


class PickBook:
    """Takes the picks class by class, and writes those of one step together."""

    def __init__(self, folder: RunFolder, config: RunConfig) -> None:
        self._folder, self._config = folder, config
        self._stride = 1
        self._step = -1
        self._picks: dict[int, artifacts.Positions] = {}

    def opened(self, classes: int) -> None:
        """The number of classes is known, and with it how large the picks of one step are."""
        size = classes * self._config.picks_per_class * BYTES_PER_PICK
        most = max(2, min(MOST_STEPS, MOST_BYTES // size))
        self._stride = -(-self._count // most)

    def add(self, event: Picked) -> None:
        """Costs nothing at a step that is not kept."""
        if self._kept(event.step):
            self._step = event.step
            self._picks[event.label] = event.indices.detach().cpu().numpy().astype(np.int64)

    def flush(self) -> None:
        """Writes what was added since the last time. Raises NoSpace."""
        if self._picks:
            artifacts.write_picks(self._folder, self._step, self._picks)
            self._picks = {}

    @property
    def _per_outer(self) -> int:
        """Picking steps in one outer iteration."""
        return -(-self._config.inner // self._config.interval)

    @property
    def _count(self) -> int:
        return max(1, self._config.outer * self._per_outer)

    def _kept(self, step: int) -> bool:
        outer, inner = divmod(step, self._config.inner)
        number = outer * self._per_outer + inner // self._config.interval
        return number % self._stride == 0 or number == self._count - 1

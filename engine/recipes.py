"""The table of named recipes: one line each. A recipe is a set of settings; everything else comes from the dataset."""

from __future__ import annotations

from typing import NamedTuple


class Recipe(NamedTuple):
    """A published method as settings. `init`, `sampler` and `objective` are the three columns of the paper's ablation
    (DREAM+, Table III): clustering initialisation, representative matching, bidirectional matching."""

    title: str
    summary: str
    init: str
    sampler: str
    objective: str
    pretrain_epochs: int  # epochs on real data that each fresh network starts with
    batch_real: int

    def settings(self) -> dict[str, object]:
        """The recipe as RunConfig settings."""
        return {name: value for name, value in self._asdict().items() if name not in ("title", "summary")}


# fmt: off
RECIPES: dict[str, Recipe] = {
    "idc":    Recipe("IDC",    "Gradient matching of multi-formation images against random real batches. Kim et al., ICML 2022.",             "random",    "random",         "gradient", 0, 64),
    "dream":  Recipe("DREAM",  "IDC with k-means picks as real batches and as the starting images. Liu et al., ICCV 2023.",                   "clustered", "representative", "gradient", 0, 128),
    "dream+": Recipe("DREAM+", "DREAM with gradients and features matched together, on networks warmed up for an epoch. Liu et al., 2023.",   "clustered", "representative", "both",     1, 128),
}
# fmt: on

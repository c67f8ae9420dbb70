"""The table of named recipes: one line each. A recipe is a host and its switches; everything else comes from the dataset and
from the host's own paper."""

from __future__ import annotations

from typing import NamedTuple


class Recipe(NamedTuple):
    """A published method as settings. `init`, `sampler` and `objective` are the three columns of the paper's ablation
    (DREAM+, Table III): clustering initialisation, representative matching, bidirectional matching."""

    title: str
    summary: str
    host: str
    init: str
    sampler: str
    objective: str
    pretrain_epochs: int  # epochs on real data that each fresh network starts with
    batch_real: int

    def settings(self) -> dict[str, object]:
        """The recipe as RunConfig settings, before the dataset's and the host's are laid over them."""
        return {name: value for name, value in self._asdict().items() if name not in ("title", "summary")}


# fmt: off
RECIPES: dict[str, Recipe] = {
    "idc":         Recipe("IDC",         "Gradient matching of multi-formation images against random real batches. Kim et al., ICML 2022.",           "idc", "random",    "random",         "gradient", 0, 64),
    "idc-feature": Recipe("IDC-feature", "IDC matching mean features instead of gradients. Kim et al., ICML 2022.",                                   "idc", "random",    "random",         "feature",  0, 64),
    "dream":       Recipe("DREAM",       "IDC with k-means picks as real batches and as the starting images. Liu et al., ICCV 2023.",                 "idc", "clustered", "representative", "gradient", 0, 128),
    "dream+":      Recipe("DREAM+",      "DREAM with gradients and features matched together, on networks warmed up for an epoch. Liu et al., 2023.", "idc", "clustered", "representative", "both",     1, 128),
    "dc":          Recipe("DC",          "Gradients matched row by row, on networks trained on the synthetic images. Zhao et al., ICLR 2021.",        "dc",  "noise",     "random",         "gradient", 0, 256),
    "dc-dream":    Recipe("DC + DREAM",  "DC with k-means picks as real batches and as the starting images. Liu et al., 2023, Table III.",            "dc",  "clustered", "representative", "gradient", 0, 256),
    "dc-dream+":   Recipe("DC + DREAM+", "DC + DREAM with mean features matched as well. Liu et al., 2023, Table III.",                               "dc",  "clustered", "representative", "both",     0, 256),
    "dsa":         Recipe("DSA",         "DC with one augmentation shared by both batches. Zhao & Bilen, ICML 2021.",                                 "dsa", "random",    "random",         "gradient", 0, 256),
    "dsa-dream":   Recipe("DSA + DREAM", "DSA with k-means picks as real batches and as the starting images. Liu et al., 2023, Table III.",           "dsa", "clustered", "representative", "gradient", 0, 256),
    "dsa-dream+":  Recipe("DSA + DREAM+", "DSA + DREAM with mean features matched as well. Liu et al., 2023, Table III.",                             "dsa", "clustered", "representative", "both",     0, 256),
    "dm":          Recipe("DM",          "Mean features matched on fresh, untrained networks. Zhao & Bilen, WACV 2023.",                              "dm",  "random",    "random",         "feature",  0, 256),
    "dm-dream":    Recipe("DM + DREAM",  "DM with k-means picks as real batches and as the starting images.",                                         "dm",  "clustered", "representative", "feature",  0, 256),
    "random":      Recipe("Random",      "Random real images, none twice.",                                                                           "coreset", "random",           "random", "gradient", 0, 128),
    "herding":     Recipe("Herding",     "Real images whose mean feature stays closest to the class's. Welling, ICML 2009.",                          "coreset", "herding",          "random", "gradient", 0, 128),
    "k-center":    Recipe("K-Center",    "Real images that leave no other far away. Sener & Savarese, ICLR 2018.",                                    "coreset", "k-center",         "random", "gradient", 0, 128),
    "forgetting":  Recipe("Forgetting",  "Real images that a network in training learns and forgets most often. Toneva et al., ICLR 2019.",           "coreset", "forgetting",       "random", "gradient", 0, 128),
    "least-forgotten": Recipe("Least forgotten", "The opposite of Forgetting: images that stay learnt.",                                              "coreset", "least-forgotten",  "random", "gradient", 0, 128),
    "medoids":     Recipe("k-means medoids", "Real images nearest to k-means centres of a trained network's features: DREAM's start without distilling.", "coreset", "medoids",      "random", "gradient", 0, 128),
}
# fmt: on

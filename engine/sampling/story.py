"""What the story of a run needs of the real data: some images of each class, and one class with a representative and a random
batch of it, side by side. Computed by the engine's task process, on the CPU."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import save_file
from torch import Tensor

from engine.config import RunConfig
from engine.data.dataset import Dataset
from engine.errors import BadData
from engine.events import Progress, Report
from engine.metrics.mmd import ClassKernel
from engine.nets import Network
from engine.run_data import run_data
from engine.sampling import random_sample, representative
from engine.sampling.study import run_network
from engine.streams import generator
from engine.training import embed

MOST_CLASSES = 10  # that are shown, and whose batches are compared
PER_CLASS = 10  # real images shown of each


class Pair(NamedTuple):
    """Two batches of one class, int64 positions [b] among the class's images, and the squared MMD of each to the class."""

    label: int
    representative: Tensor
    random: Tensor
    mmd_representative: float
    mmd_random: float

    @property
    def gap(self) -> float:
        """How much nearer to its class the representative batch is; negative where the random one is nearer."""
        return self.mmd_random - self.mmd_representative


def story(
    run_dir: Path, config: RunConfig, params: Mapping[str, Any], cache: Path, out: Path, report: Report
) -> dict[str, Any]:
    """Picks real images, compares both kinds of batch class by class, writes `out/story.safetensors`, returns the figures.

    The file holds real uint8 [k, m, C, H, W] (k classes evenly chosen, m images evenly chosen of each), and of the class whose
    gap is the median one: representative and random uint8 [b, C, H, W]. The figures say in how many of the classes
    compared the representative batch was the nearer one. Raises BadData, BadConfig.
    """
    report(Progress("reading the data", 0, 1))
    data = run_data(config, cache, report)
    labels = evenly(data.num_classes, MOST_CLASSES)
    network, source, step = run_network(run_dir, config, data)
    pairs = []
    for done, label in enumerate(labels):
        report(Progress("comparing batches", done, len(labels)))
        if len(data.members[label]) > 1:  # one image has no distance to any other
            pairs.append(_pair(data, label, network, config, int(params["seed"])))
    if not pairs:
        raise BadData("Every class looked at has a single image; batches can be compared where there are more.")
    chosen = sorted(pairs, key=lambda pair: pair.gap)[(len(pairs) - 1) // 2]
    count = min(PER_CLASS, data.smallest_class)
    members = data.members[chosen.label]
    tensors = {
        "real": torch.stack([data.train_images[data.members[label][evenly(len(data.members[label]), count)]] for label in labels]),
        "representative": data.train_images[members[chosen.representative]],
        "random": data.train_images[members[chosen.random]],
    }  # fmt: skip
    save_file({name: images.contiguous() for name, images in tensors.items()}, out / "story.safetensors")
    return {
        "train": data.num_train, "classes": data.num_classes, "labels": labels, "names": [data.classes[c] for c in labels],
        "class": data.classes[chosen.label], "count": len(members), "batch": len(chosen.random),
        "mmd": {"representative": chosen.mmd_representative, "random": chosen.mmd_random},
        "nearer": sum(pair.gap > 0 for pair in pairs), "compared": len(pairs), "features": source, "step": step,
    }  # fmt: skip


def evenly(count: int, most: int) -> list[int]:
    """At most `most` of 0 ... count-1, evenly spaced from the first on, ascending."""
    few = min(count, most)
    return [i * count // few for i in range(few)]


def _pair(data: Dataset, label: int, network: Network, config: RunConfig, seed: int) -> Pair:
    """As large as the run's own batches, or as large as the class allows."""
    features = embed(network, data.train_images[data.members[label]], data.normalise)
    per_cluster = min(config.per_cluster, len(features))
    clusters = min(config.clusters, len(features) // per_cluster)
    draws = generator(seed, "story", label)
    near = representative(features, clusters, per_cluster, draws)
    drawn = random_sample(features, clusters, per_cluster, draws)
    kernel = ClassKernel(features)
    return Pair(label, near, drawn, float(kernel.mmd(features[near])), float(kernel.mmd(features[drawn])))

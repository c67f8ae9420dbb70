"""A look at one class: all its real images in the plane, a representative batch beside a random one, and how well each
stands for the class. Computed by the engine's task process, on the CPU."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from engine.config import RunConfig
from engine.data.dataset import Dataset
from engine.errors import BadConfig
from engine.evaluate import architecture
from engine.events import Progress
from engine.metrics.mmd import ClassKernel, spread
from engine.nets import Network, build_network
from engine.run_data import run_data
from engine.sampling import random_sample, representative
from engine.streams import derive_seed, generator
from engine.training import embed

Report = Callable[[Progress], None]
Points = NDArray[np.float32]
PARTS = 4  # steps of the work that are reported
PCA_FIRST = 50  # dimensions that t-SNE and UMAP start from: many times faster, the same picture


def study(
    run_dir: Path, config: RunConfig, params: Mapping[str, Any], cache: Path, out: Path, report: Report
) -> dict[str, Any]:
    """Embeds class `label` and picks both batches; writes `out/study.safetensors`, returns the figures.

    The file holds points float32 [n, 2], images uint8 [n, C, H, W], representative and random int64 [b] (positions among the
    class's n images). Raises BadConfig for a class that is not there or too small for the picks.
    """
    report(Progress("reading the data", 0, PARTS))
    data = run_data(config, cache, report)
    label, clusters, per_cluster = int(params["label"]), int(params["clusters"]), int(params["per_cluster"])
    _check(data, label, clusters, per_cluster)
    network, source, step = _network(run_dir, config, data)
    report(Progress("computing features", 1, PARTS))
    images = data.train_images[data.members[label]]
    features = embed(network, images, data.normalise)
    report(Progress("picking batches", 2, PARTS))
    draws = generator(int(params["seed"]), "study", label)
    batches = {
        "representative": representative(features, clusters, per_cluster, draws),
        "random": random_sample(features, clusters, per_cluster, draws),
    }
    report(Progress(f"embedding {len(images)} images", 3, PARTS))
    points = EMBEDDINGS[params["method"]](features.numpy(), int(params["seed"]))
    save_file(
        {"points": torch.from_numpy(points).contiguous(), "images": images.contiguous(), **batches},
        out / "study.safetensors",
    )
    kernel = ClassKernel(features)
    figures = {
        name: {"mmd": float(kernel.mmd(features[positions])), "spread": float(spread(features[positions]))}
        for name, positions in batches.items()
    }
    report(Progress("done", PARTS, PARTS))
    return {"count": len(images), "class": data.classes[label], "class_spread": float(spread(features)),
            "method": params["method"], "features": source, "step": step, **figures}  # fmt: skip


def _check(data: Dataset, label: int, clusters: int, per_cluster: int) -> None:
    if label >= data.num_classes:
        raise BadConfig({"label": f"Class {label} was asked for; this data has classes 0 to {data.num_classes - 1}."})
    have, want = len(data.members[label]), clusters * per_cluster
    if want > have:
        message = f"clusters {clusters} x per_cluster {per_cluster} = {want}, but class '{data.classes[label]}' has {have} images; lower one."
        raise BadConfig({"clusters": message})


def _network(run_dir: Path, config: RunConfig, data: Dataset) -> tuple[Network, str, int]:
    """The run's own network from its newest checkpoint, else a fresh one; with words for where it is from, and the step."""
    arch = architecture(config, data, config.network, config.norm)
    network = build_network(arch, derive_seed(config.seed, "network", 0))
    for path in sorted((run_dir / "checkpoints").glob("*.safetensors"), reverse=True):
        state = load_file(path)
        weights = {name[len("network.") :]: value for name, value in state.items() if name.startswith("network.")}
        if weights:
            network.load_state_dict(weights)
            step = int(state["step"])
            return network, f"the run's network after inner loop {step}", step
    return network, "an untrained network, the run has no checkpoint yet", 0


def pca(features: Points, seed: int, dimensions: int = 2) -> Points:
    """Principal components, float32 [n, dimensions]; missing ones (fewer images or features) are zero."""
    from sklearn.decomposition import PCA

    if len(features) < 2:
        return np.zeros((len(features), dimensions), np.float32)
    have = min(dimensions, *features.shape)
    found = PCA(have, random_state=seed).fit_transform(features)
    return np.pad(found, ((0, 0), (0, dimensions - have))).astype(np.float32)


def tsne(features: Points, seed: int) -> Points:
    """t-SNE (van der Maaten & Hinton, 2008) of the first 50 principal components, float32 [n, 2]."""
    from sklearn.manifold import TSNE

    if len(features) < 4:
        return pca(features, seed)
    perplexity = min(30.0, (len(features) - 1) / 3)
    start = pca(features, seed, min(PCA_FIRST, *features.shape))
    return np.asarray(TSNE(2, perplexity=perplexity, random_state=seed).fit_transform(start), np.float32)


def umap(features: Points, seed: int) -> Points:
    """UMAP (McInnes et al., 2018) of the first 50 principal components, float32 [n, 2]."""
    if len(features) < 5:
        return pca(features, seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # umap-learn warns of its own use of other libraries
        from umap import UMAP

        neighbours = min(15, len(features) - 1)
        start = pca(features, seed, min(PCA_FIRST, *features.shape))
        found = UMAP(n_neighbors=neighbours, random_state=seed, n_jobs=1, init="pca").fit_transform(start)
    points = np.asarray(found, np.float32)
    assert all(math.isfinite(v) for v in points.sum(0)), "UMAP gave points that are not finite"
    return points


EMBEDDINGS: dict[str, Callable[[Points, int], Points]] = {"pca": pca, "tsne": tsne, "umap": umap}

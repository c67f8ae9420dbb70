"""A look at one class: all its real images laid out, two batches of it side by side, how well each stands for the class, and
how hard each image pulls at the network. Computed by the engine's task process, on the CPU."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from engine.config import RunConfig
from engine.data.dataset import Dataset
from engine.errors import BadConfig
from engine.evaluate import architecture
from engine.events import Progress, Report
from engine.metrics.mmd import ClassKernel, spread
from engine.nets import Network, build_network
from engine.run_data import run_data
from engine.sampling import SAMPLERS
from engine.sampling.embeddings import EMBEDDINGS
from engine.sampling.kmeans import owners
from engine.sampling.looks import Looks
from engine.sampling.pulls import pulls, some_pulls
from engine.sampling.representative import k_means, picked
from engine.store import artifacts
from engine.store.workspace import RunFolder
from engine.streams import derive_seed, generator
from engine.training import embed

PARTS = 5  # steps of the work that are reported
SIDES = ("left", "right")


class Source(NamedTuple):
    """The network that a class is seen with: `words` say where it is from, `step` is the inner loop it is from."""

    network: Network
    words: str
    step: int


def study(
    run_dir: Path, config: RunConfig, params: Mapping[str, Any], cache: Path, out: Path, report: Report
) -> dict[str, Any]:
    """Lays out class `label` and picks two batches; writes `out/study.safetensors`, returns the figures.

    The file holds points float32 [n, dims], images uint8 [n, C, H, W], members int64 [n] (positions in the training set,
    ascending), cluster int64 [n] (the k-means cluster of each image, 0 to clusters - 1), norms float32 [n] (length of the
    gradient of each image's own classifier loss; NaN = not measured), left and right int64 [b] (positions among the class's
    n images). Raises BadConfig for a class that is not there or too small for the picks, and for two equal samplers.
    """
    report(Progress("reading the data", 0, PARTS))
    data = run_data(config, cache, report)
    label, seed = int(params["label"]), int(params["seed"])
    _check(data, params)
    source = run_network(run_dir, config, data)
    report(Progress("computing features", 1, PARTS))
    members = data.members[label]
    images = data.train_images[members]
    features = embed(source.network, images, data.normalise)
    report(Progress("picking batches", 2, PARTS))
    centres = k_means(features, int(params["clusters"]), generator(seed, "study", label, "representative"))
    batches = {side: _batch(features, centres, params, side) for side in SIDES}
    report(Progress("measuring gradients", 3, PARTS))
    looks = Looks(run_dir, source.step)
    norms = looks.kept(f"norms {label}", lambda: pulls(source.network, images, label, data.normalise, report))
    norms = some_pulls(source.network, images, label, data.normalise, norms, torch.cat(list(batches.values())))
    report(Progress(f"embedding {len(images):,} images", 4, PARTS))
    method, dims = params["method"], int(params["dims"])
    points = looks.kept(f"{method} {dims} {label} {seed}",
                        lambda: torch.from_numpy(EMBEDDINGS[method](features.numpy(), seed, dims)))  # fmt: skip
    found = {
        "points": points,
        "images": images,
        "members": members,
        "cluster": owners(features, centres),
        "norms": norms,
    }
    save_file({name: value.contiguous() for name, value in (found | batches).items()}, out / "study.safetensors")
    report(Progress("done", PARTS, PARTS))
    return {"count": len(images), "class": data.classes[label], "class_spread": float(spread(features)), "features": source.words,
            "step": source.step, **_figures(features, norms, batches)}  # fmt: skip


def _check(data: Dataset, params: Mapping[str, Any]) -> None:
    label, clusters, per_cluster = (int(params[name]) for name in ("label", "clusters", "per_cluster"))
    data.check_class(label)
    if params["left"] == params["right"]:
        others = ", ".join(name for name in SAMPLERS if name != params["left"])
        raise BadConfig(
            {"right": f"left and right are both '{params['left']}'; give another for one, such as {others}."}
        )
    have, want = len(data.members[label]), clusters * per_cluster
    if want > have:
        message = f"clusters {clusters} x per_cluster {per_cluster} = {want}, but class '{data.classes[label]}' has {have} images; lower one."
        raise BadConfig({"clusters": message})


def _batch(features: Tensor, centres: Tensor, params: Mapping[str, Any], side: str) -> Tensor:
    """Positions among the class's images. A sampler picks the same images whichever side it is on, and whatever stands beside."""
    name, per_cluster = params[side], int(params["per_cluster"])
    if name == "representative":  # the clusters are at hand: every image is shown with its own
        return picked(features, centres, per_cluster)
    draws = generator(int(params["seed"]), "study", int(params["label"]), name)
    return SAMPLERS[name](features, len(centres), per_cluster, draws)


def _figures(features: Tensor, norms: Tensor, batches: Mapping[str, Tensor]) -> dict[str, dict[str, float | None]]:
    """Per side: MMD to the class, spread, mean gradient norm; the last is None where an image has no gradient of its own."""
    kernel = ClassKernel(features)

    def of(batch: Tensor) -> dict[str, float | None]:
        norm = norms[batch].mean()
        return {"mmd": float(kernel.mmd(features[batch])), "spread": float(spread(features[batch])),
                "norm": float(norm) if norm.isfinite() else None}  # fmt: skip

    return {side: of(batch) for side, batch in batches.items()}


def run_network(run_dir: Path, config: RunConfig, data: Dataset) -> Source:
    """The run's own network from its newest checkpoint, else a fresh one. Raises BadConfig where the data allow no such network."""
    arch = architecture(config, data, config.network, config.norm)
    network = build_network(arch, derive_seed(config.seed, "network", 0))
    checkpoints = RunFolder(run_dir).checkpoints
    for taken in reversed(artifacts.steps(checkpoints)):
        try:
            state = load_file(checkpoints / f"{artifacts.stem(taken)}.safetensors")
        except (SafetensorError, OSError):
            continue  # damaged, or gone since: the one before will do
        weights = {name[len("network.") :]: value for name, value in state.items() if name.startswith("network.")}
        if weights:
            network.load_state_dict(weights)
            step = int(state["step"])
            return Source(network, f"the run's network after inner loop {step}", step)
    return Source(network, "an untrained network, the run has no checkpoint yet", 0)

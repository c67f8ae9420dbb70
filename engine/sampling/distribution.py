"""Where synthetic images lie among the real ones of their class, for two runs in one plane (DREAM+, Figure 8). Computed by the
engine's task process, on the CPU."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from engine.config import RunConfig
from engine.data.dataset import Dataset
from engine.decode import decode
from engine.errors import BadConfig, NotFound, WrongState
from engine.events import Progress, Report
from engine.nets import Network
from engine.reference import trained_network
from engine.run_data import run_data
from engine.sampling.embeddings import EMBEDDINGS
from engine.store import artifacts
from engine.store.records import config_from
from engine.store.workspace import RunFolder
from engine.streams import generator
from engine.training import embed

PARTS = 3  # steps of the work that are reported
REAL_IMAGES = 1500  # of the class at most: t-SNE of more takes minutes and shows no more


def distribution(
    folders: tuple[Path, Path], config: RunConfig, params: Mapping[str, Any], cache: Path, out: Path, report: Report
) -> dict[str, Any]:
    """Embeds the class's real images and both runs' decoded synthetic ones, by the features of one network trained on the real
    data; writes `out/distribution.safetensors`, returns the counts.

    The file holds points float32 [n, 2] and group int64 [n]: 0 real, 1 of the first run, 2 of the other. folders: of the two
    runs; config: the first one's. Raises BadConfig for a class that is not there, or runs on different data; NotFound,
    WrongState for a run without images.
    """
    report(Progress("reading the data", 0, PARTS))
    data, label = run_data(config, cache, report), int(params["label"])
    data.check_class(label)
    report(Progress("training a network on the real data", 1, PARTS))
    groups = [some_real(data, label, int(params["seed"])), *(_synthetic(folder, data, label) for folder in folders)]
    network = real_network(config, data, cache, report)
    features = torch.cat([embed(network, group, data.normalise) for group in groups])
    report(Progress(f"embedding {len(features)} images", 2, PARTS))
    points = torch.from_numpy(EMBEDDINGS[params["method"]](features.numpy(), int(params["seed"]), 2)).contiguous()
    numbers = torch.cat([torch.full((len(group),), number) for number, group in enumerate(groups)])
    save_file({"points": points, "group": numbers}, out / "distribution.safetensors")
    return {"count": len(groups[0]), "class": data.classes[label], "first": len(groups[1]), "other": len(groups[2])}


def real_network(config: RunConfig, data: Dataset, cache: Path, report: Report) -> Network:
    """The one that was trained on the real data."""
    for item in trained_network(config, data, cache):
        if not isinstance(item, Progress):
            return item
        report(item)
    raise RuntimeError("the training ended without its network")


def some_real(data: Dataset, label: int, seed: int) -> Tensor:
    members = data.members[label]
    some = torch.randperm(len(members), generator=generator(seed, "distribution"))[:REAL_IMAGES].sort().values
    return data.train_images[members[some]]


def _synthetic(folder: Path, data: Dataset, label: int) -> Tensor:
    """The newest stored images of the class, decoded: [n, C, H, H]."""
    if not folder.is_dir():
        raise NotFound(f"There is no run '{folder.name}'; choose one of this workspace.")
    run = RunFolder(folder)
    own, taken = config_from(artifacts.read_json(run.config)), artifacts.steps(run.snapshots)
    if not taken:
        raise WrongState(f"Run '{folder.name}' has no images yet; wait for its first snapshot.")
    images = torch.from_numpy(artifacts.read_snapshot(run, taken[-1]))
    shape = (data.num_classes * own.ipc, data.channels, data.side, data.side)
    if images.shape != shape:
        raise BadConfig(
            {"other": f"Run '{folder.name}' has other classes or another image size; choose runs on the same data."}
        )
    return decode(images[label * own.ipc : (label + 1) * own.ipc], own.factor)

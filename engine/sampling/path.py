"""Where the synthetic images of a class lie among its real ones at every kept step, in one plane that does not move. Computed by
the engine's task process, on the CPU."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file

from engine.config import RunConfig
from engine.decode import decode
from engine.errors import WrongState
from engine.events import Progress, Report
from engine.run_data import run_data
from engine.sampling.distribution import real_network, some_real
from engine.store import artifacts
from engine.store.workspace import RunFolder
from engine.training import embed

MOST_STEPS = 120  # that are looked at: the first, the newest and evenly many between


def path(
    run_dir: Path, config: RunConfig, params: Mapping[str, Any], cache: Path, out: Path, report: Report
) -> dict[str, Any]:
    """The first two principal components of the real images' features, by a network trained on the real data; the decoded
    synthetic images of every step are put into that plane. Writes `out/path.safetensors`: points float32 [n, 2], images uint8
    [n, C, H, W] (both of real images), steps int64 [s], synthetic float32 [s, ipc * factor², 2].

    Raises BadConfig for a class that is not there, WrongState for a run without images.
    """
    from sklearn.decomposition import PCA

    folder, label = RunFolder(run_dir), int(params["label"])
    kept = some(artifacts.steps(folder.snapshots))
    if not kept:
        raise WrongState(f"Run '{run_dir.name}' has no images yet; wait for its first snapshot.")
    data = run_data(config, cache, report)
    data.check_class(label)
    network = real_network(config, data, cache, report)
    real = some_real(data, label, config.seed)
    features = embed(network, real, data.normalise).numpy()
    plane = PCA(min(2, *features.shape), random_state=config.seed).fit(features)
    own = slice(label * config.ipc, (label + 1) * config.ipc)
    placed = []
    for number, step in enumerate(kept):
        report(Progress("placing the synthetic images", number, len(kept)))
        images = torch.from_numpy(artifacts.read_snapshot(folder, step)[own])
        placed.append(_placed(plane, embed(network, decode(images, config.factor), data.normalise).numpy()))
    save_file(
        {"points": torch.from_numpy(_placed(plane, features)), "images": real.contiguous(), "steps": torch.tensor(kept),
         "synthetic": torch.from_numpy(np.stack(placed))},
        out / "path.safetensors",
    )  # fmt: skip
    return {"count": len(real), "class": data.classes[label], "steps": len(kept), "newest": kept[-1]}


def some(steps: list[int]) -> list[int]:
    """At most `MOST_STEPS` of them, with both ends."""
    if len(steps) <= MOST_STEPS:
        return steps
    return [steps[i] for i in np.unique(np.linspace(0, len(steps) - 1, MOST_STEPS).round().astype(int))]


def _placed(plane: Any, features: Any) -> Any:
    """float32 [n, 2]; a missing component is zero."""
    found = plane.transform(features)
    return np.pad(found, ((0, 0), (0, 2 - found.shape[1]))).astype(np.float32)

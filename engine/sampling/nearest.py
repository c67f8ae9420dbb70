"""The real image nearest to each synthetic one: does S copy its class, or blend it? Computed by the engine's task process, on
the CPU."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import save_file
from torch import Tensor

from engine.config import RunConfig
from engine.data.dataset import Dataset
from engine.decode import decode
from engine.errors import BadConfig
from engine.events import Progress, Report
from engine.run_data import run_data
from engine.store import artifacts
from engine.store.workspace import RunFolder

CHUNK = 2048  # real images compared at a time


class Nearest(NamedTuple):
    """Of n stored images: position among the compared real ones int64 [n], distance float32 [n], tile int64 [n] of the stored
    image that came closest (0 to factor² - 1, row by row)."""

    position: Tensor
    distance: Tensor
    tile: Tensor


def nearest(
    run_dir: Path, config: RunConfig, params: Mapping[str, Any], cache: Path, out: Path, report: Report
) -> dict[str, Any]:
    """For every stored image after `params["step"]` inner loops, decoded, its nearest training image of the same class: the
    distance is the root of the summed squared differences of pixels in [0, 1]; of several tiles the closest counts.

    Writes `out/nearest.safetensors`: images uint8 [K*ipc, C, H, W], indices int64 [K*ipc] (positions in the training set),
    distances float32, tiles int64. Raises NotFound for a step that is not kept, BadConfig for images of another data set.
    """
    step = int(params["step"])
    stored = torch.from_numpy(artifacts.read_snapshot(RunFolder(run_dir), step))
    data = run_data(config, cache, report)
    _check(data, config, stored)
    indices, distances, tiles = [], [], []
    for label, own in enumerate(stored.split(config.ipc)):
        report(Progress("comparing with the real images", label, data.num_classes))
        members = data.members[label]
        found = among(own, data.train_images[members], config.factor)
        indices.append(members[found.position])
        distances.append(found.distance)
        tiles.append(found.tile)
    chosen = torch.cat(indices)
    save_file({"images": data.train_images[chosen].contiguous(), "indices": chosen, "distances": torch.cat(distances),
               "tiles": torch.cat(tiles)}, out / "nearest.safetensors")  # fmt: skip
    return {"step": step, "count": len(chosen), "mean": float(torch.cat(distances).mean())}


def among(stored: Tensor, real: Tensor, factor: int) -> Nearest:
    """stored float32 [n, C, H, H]; real uint8 [m, C, H, H], at least one."""
    decoded = decode(stored, factor).flatten(1)  # tile-major: all images' first tiles, then all second ones
    best = torch.full((len(decoded),), torch.inf)
    where = torch.zeros(len(decoded), dtype=torch.int64)
    for start in range(0, len(real), CHUNK):
        there = real[start : start + CHUNK].flatten(1).float() / 255
        least, at = torch.cdist(decoded, there, compute_mode="donot_use_mm_for_euclid_dist").min(1)
        closer = least < best
        best, where = torch.where(closer, least, best), torch.where(closer, at + start, where)
    distance, tile = best.view(-1, len(stored)).min(0)
    return Nearest(where.view(-1, len(stored)).gather(0, tile[None])[0], distance, tile)


def _check(data: Dataset, config: RunConfig, stored: Tensor) -> None:
    shape = (data.num_classes * config.ipc, data.channels, data.side, data.side)
    if tuple(stored.shape) != shape:
        raise BadConfig(
            {
                "step": f"The images have the shape {tuple(stored.shape)}, but the data asks for {shape}; it has changed since the run."
            }
        )

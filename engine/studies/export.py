"""What figures of images and of points are made of, as files that other programs read. Torch-free."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.export import folder_names
from engine.store import artifacts
from engine.store.artifacts import Images, Positions
from engine.store.montage import montage

SHARES = (0.0, 0.1, 0.3, 0.6, 1.0)  # of the newest step, the moments to show
CLASSES = 10  # at most: the picture of more would be long and show no more
ABREAST = 16  # picks
SIDE = 32  # pixels that images have at least, enlarged by a whole factor


def moments(have: Sequence[int], newest: int) -> list[int]:
    """Of the kept steps, at least one, those nearest to SHARES of the newest; ascending, none twice."""
    return sorted({min(have, key=lambda step: abs(step - share * newest)) for share in SHARES})


def shared_moments(kept: Sequence[Sequence[int]]) -> list[int]:
    """`moments` of the steps that every run has kept; none where they share none."""
    have = sorted(set(kept[0]).intersection(*kept[1:]))
    return moments(have, have[-1]) if have else []


def along(path: Path, cells: Sequence[Sequence[Images]], ipc: int) -> Path:
    """One picture of the first CLASSES classes: of each class a row per cell, in it the class's `ipc` images of every moment from left
    to right. cells: per cell, a synthetic set [K*ipc, C, H, W] per moment, class-major. Raises NoSpace."""
    rows = [
        images[label * ipc : (label + 1) * ipc]
        for label in range(min(CLASSES, len(cells[0][0]) // ipc))
        for moments_of_cell in cells
        for images in moments_of_cell
    ]
    return _picture(path, np.concatenate(rows), len(rows) // len(cells[0]))


def picks(folder: Path, members: Positions, images: NDArray[np.uint8], chosen: Mapping[str, Positions]) -> list[Path]:
    """A picture per cell of the images that it picked, ABREAST in the sampler's order. members [n]: positions in the training set,
    ascending, of all `images` [n, C, H, W] of a class; chosen: cell -> positions of its picks. Raises NoSpace."""
    names = folder_names(tuple(chosen))
    return [
        _picture(folder / f"picks-{name}.png", _light(images[np.searchsorted(members, one)]), -(-len(one) // ABREAST))
        for name, one in zip(names, chosen.values(), strict=True)
    ]  # fmt: skip


def points(path: Path, places: NDArray[np.floating[Any]], group: Positions, names: Sequence[str]) -> Path:
    """A CSV of a line per image: x, y (no unit) and what it is, the name of its group. places [n, 2]; group [n], numbers of `names`.
    Raises NoSpace."""
    with artifacts.whole(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("x", "y", "what"))
        writer.writerows((f"{x:.6g}", f"{y:.6g}", names[which]) for (x, y), which in zip(places, group, strict=True))
    return path


def _light(images: NDArray[np.uint8]) -> Images:
    """0 to 255 -> 0 to 1."""
    return np.divide(images, 255, dtype=np.float32)


def _picture(path: Path, images: Images, rows: int) -> Path:
    """`images` [n, C, H, W] in [0, 1], filled up with white to whole rows."""
    missing = -len(images) % rows
    white = np.ones((missing, *images.shape[1:]), np.float32)
    sheet = montage(np.concatenate([images, white]), rows)
    factor = max(1, SIDE // images.shape[-1])
    with artifacts.whole(path) as part:
        sheet.resize((sheet.width * factor, sheet.height * factor), Image.Resampling.NEAREST).save(part, format="PNG")
    return path

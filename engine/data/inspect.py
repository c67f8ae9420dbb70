"""A look inside a dataset: how many images of which class, their statistics, ten of each as a picture, and what may go wrong."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from engine.config import RunConfig
from engine.data import images
from engine.data.decode import FORMATS, quiet
from engine.data.load import READERS
from engine.data.pixels import Pixels, divide, statistics
from engine.data.source import is_notes
from engine.data.ticker import Ticker
from engine.events import Progress

SHOWN = 10  # images per class
PER_SHEET = 50  # classes
GAP = 2  # pixels between two images
FEW = 20  # images in a class, below which little can be learnt
UNEVEN = 10  # times as many images in the largest class as in the smallest
LOOKED_AT = 2000  # files whose own size is looked at
GREY_SPREAD = 3  # grey levels by which the channels of a grey picture stored in colour may differ (JPEG)


def inspect(config: RunConfig, cache: Path, out: Path, report: Callable[[Progress], None]) -> dict[str, Any]:
    """Reads the dataset of `config`, after downloading it where needed, and writes sheets of samples into `out`.

    JSON-ready: "classes", "counts" and "test_counts" (training and test images per class), "train", "test", "side", "channels",
    "bytes" (of the decoded images), "mean", "std" (per channel, on pixels in [0, 1]), "warnings", "sheets" (file names, the first
    for the first 50 classes, and so on). Raises BadData, NoSpace.
    """
    tick = Ticker(report)
    pixels = READERS[config.dataset](config, cache, tick)
    if not pixels.train:
        pixels = divide(pixels, config.seed)
    counts, test_counts = (
        np.bincount(part.numpy(), minlength=len(pixels.classes))
        for part in (pixels.labels[: pixels.train], pixels.labels[pixels.train :])
    )
    mean, std = statistics(pixels.images[: pixels.train], tick)
    tick("drawing samples")
    return {
        "classes": list(pixels.classes),
        "counts": counts.tolist(),
        "test_counts": test_counts.tolist(),
        "train": pixels.train,
        "test": len(pixels.labels) - pixels.train,
        "side": pixels.images.shape[-1],
        "channels": pixels.images.shape[1],
        "bytes": pixels.images.numel(),
        "mean": list(mean),
        "std": list(std),
        "warnings": [*uneven(pixels.classes, counts), *_about_files(config, pixels, tick)],
        "sheets": _sheets(pixels, out),
    }


def uneven(classes: Sequence[str], counts: NDArray[np.int64]) -> Iterator[str]:
    """A sentence for each thing about the number of images per class that a person should know."""
    smallest, largest = int(counts.argmin()), int(counts.argmax())
    few = int((counts < FEW).sum())
    if few:
        others = f"; {few - 1} more {'class has' if few == 2 else 'classes have'} too few" if few > 1 else ""
        yield (
            f"Class '{classes[smallest]}' has {counts[smallest]} training images, fewer than {FEW}{others}. "
            "Add images, or choose few images per class and small batches."
        )
    if counts[largest] > UNEVEN * counts[smallest]:
        yield (
            f"The classes are uneven: '{classes[largest]}' has {counts[largest]:,} training images, '{classes[smallest]}' has "
            f"{counts[smallest]:,}. Every class gets as many synthetic images; the accuracy counts the larger ones more."
        )


def _about_files(config: RunConfig, pixels: Pixels, tick: Ticker) -> Iterator[str]:
    """What reading to one side and number of channels has changed, of images that a person brought."""
    if not config.data_dir:
        return
    sides = _sides(config.data_dir, tick)
    side = pixels.images.shape[-1]
    if sides and max(sides) > side:
        low, high = min(sides), max(sides)
        span = f"{high:,}" if low == high else f"{low:,} to {high:,}"
        yield f"The images have a short side of {span} pixels and are resized to {side}; set side to keep more detail."
    if pixels.images.shape[1] == 3 and _is_grey(pixels.images[: pixels.train]):
        yield "All images are grey but are read in colour; set colour to grey, and every step costs less."


def _sides(data_dir: str, tick: Ticker) -> list[int]:
    """Short side in pixels of the first images; none where the files are a dataset's own format."""
    source = images.source_of(data_dir, tick)
    sides: list[int] = []
    if source.names() == []:
        return sides
    with quiet(), closing(source.files(tick)) as files:  # type: ignore[type-var]
        for path, content in islice(files, LOOKED_AT):
            if not is_notes(path):
                with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                    sides.append(min(image.size))
    return sides


def _is_grey(found: torch.Tensor) -> bool:
    """Of images uint8 [N, 3, H, W]: whether no pixel of the first ones has a colour worth the name."""
    some = found[:LOOKED_AT].to(torch.int16)
    return bool((some.amax(1) - some.amin(1)).max() <= GREY_SPREAD)


def _sheets(pixels: Pixels, out: Path) -> list[str]:
    """Writes the pictures, a row of images per class; their file names."""
    rows = [_row(pixels, label) for label in range(len(pixels.classes))]
    names = []
    for first in range(0, len(rows), PER_SHEET):
        name = "samples.png" if not first else f"samples-{first // PER_SHEET + 1}.png"
        _picture(rows[first : first + PER_SHEET]).save(out / name)
        names.append(name)
    return names


def _row(pixels: Pixels, label: int) -> NDArray[np.uint8]:
    """Up to ten training images of a class, spread over all of it: uint8 [n, C, S, S]."""
    members = (pixels.labels[: pixels.train] == label).nonzero().flatten()
    which = sorted({round(at) for at in np.linspace(0, len(members) - 1, SHOWN)} - {-1})
    chosen: NDArray[np.uint8] = pixels.images[members[torch.as_tensor(which, dtype=torch.long)]].numpy()
    return chosen


def _picture(rows: Sequence[NDArray[np.uint8]]) -> Image.Image:
    """One row per class, see-through between the images and where a class has fewer than ten."""
    side = rows[0].shape[-1]
    step = side + GAP
    canvas = np.zeros((len(rows) * step - GAP, SHOWN * step - GAP, 4), np.uint8)
    for down, row in enumerate(rows):
        for right, image in enumerate(row):
            area = canvas[down * step : down * step + side, right * step : right * step + side]
            area[..., :3] = np.broadcast_to(image, (3, side, side)).transpose(1, 2, 0)
            area[..., 3] = 255
    return Image.fromarray(canvas)

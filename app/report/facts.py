"""What the story of a run is made from: everything that was recorded about it, read once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray
from safetensors import SafetensorError

from app.charts.table import Table, table_of
from app.parts import pictures, scores
from engine import api
from engine.api import PublishedFigure, Run, Task
from engine.errors import Damaged
from engine.events import Score

Pixels = NDArray[np.uint8]
MOST_FRAMES = 60
MOST_TILES = 100  # images of S shown at once
MOST_COLUMNS = 20  # with more classes than that, one image of each is shown
PER_CLASS = 10
MOST_BYTES = 400_000  # of real images in one picture; larger ones are shrunk
STORY = "story"  # the kind of task that looks at the real data


class Real(NamedTuple):
    """What the "story" task found in the real data: `images` [k, m, C, H, W] of the classes `names`; of `class_name` with its
    `class_count` images two batches [b, C, H, W] with their squared MMD; `nearer` of `compared` classes prefer the representative."""

    images: Pixels
    names: tuple[str, ...]
    train: int
    class_name: str
    class_count: int
    representative: Pixels
    random: Pixels
    mmd_representative: float
    mmd_random: float
    nearer: int
    compared: int
    features: str


class Growth(NamedTuple):
    """S over the run: `frames` [F, n, C, H, W] at `steps`, ascending; n = rows x columns images drawn row by row, a class per
    column while `per_class` is set, else one image of each of the classes `names`. `whole`: number of images in S. `final` [m, C, H, W]:
    the last images, row by row, of which the frames may show fewer."""

    frames: Pixels
    steps: tuple[int, ...]
    columns: int
    names: tuple[str, ...]
    per_class: bool
    whole: int
    final: Pixels
    final_columns: int

    @property
    def shown(self) -> int:
        """Number of images in a frame."""
        return int(self.frames.shape[1])


@dataclass(frozen=True)
class Facts:
    """`table`: every recorded point. `real`: None where the real data has not been looked at, `why` says why. `growth`: None
    before the first snapshot. `made_with`: see engine/provenance.py."""

    run: Run
    classes: tuple[str, ...]
    table: Table
    growth: Growth | None
    real: Real | None
    why: str
    made_with: Mapping[str, Any]
    published: PublishedFigure | None

    def score(self, what: str) -> Score | None:
        """Of the first network, on "distilled", "initial", "random" or "full"."""
        found = self.run.results.get(what, ())
        return found[0] if found else None


def gather(run_id: str, task: Task | None, why: str = "", said: Callable[[int, int], None] = lambda *_: None) -> Facts:
    """Reads everything; `task` is the finished "story" task, if there is one. `said` hears how many snapshots of how many are
    read. Raises NotFound, Damaged."""
    run = api.get_run(run_id)
    classes = api.class_names(run_id)
    return Facts(
        run=run,
        classes=classes,
        table=table_of(api.metrics(run_id)[0]),
        growth=_growth(run, classes, said),
        real=_real(task) if task and task.state == "finished" else None,
        why=why,
        made_with=api.provenance(run_id),
        published=scores.own_published(run.config),
    )


def _real(task: Task) -> Real:
    path, found = task.folder / "story.safetensors", task.result
    try:
        file = safetensors.numpy.load_file(path)
        return Real(
            _thumbnails(file["real"]), tuple(found["names"]), found["train"], found["class"], found["count"], _thumbnails(file["representative"]),
            _thumbnails(file["random"]), found["mmd"]["representative"], found["mmd"]["random"], found["nearer"], found["compared"],
            found["features"],
        )  # fmt: skip
    except (SafetensorError, KeyError, TypeError, OSError) as error:
        raise Damaged(f"'{path}' cannot be read back ({error}); delete it and ask again.") from None


def _thumbnails(images: Pixels) -> Pixels:
    """[..., H, W] shrunk by a whole factor, each pixel the mean of those it stands for; what is small enough stays as it is."""
    factor = next(
        f for f in range(1, images.shape[-1] + 1) if images.nbytes <= MOST_BYTES * f**2 or f == images.shape[-1]
    )
    side = images.shape[-1] // factor
    tiles = images[..., : side * factor, : side * factor].reshape(*images.shape[:-2], side, factor, side, factor)
    small: Pixels = np.rint(tiles.mean((-3, -1))).astype(np.uint8)
    return small


def _growth(run: Run, classes: tuple[str, ...], said: Callable[[int, int], None]) -> Growth | None:
    steps = spread(api.snapshots(run.id), MOST_FRAMES)
    if not steps:
        return None
    last = api.snapshot(run.id, steps[-1])
    count = max(1, len(last) // run.config.ipc)
    names = classes if len(classes) == count else tuple(str(label) for label in range(count))
    tiles, columns = tiling(count, run.config.ipc)
    frames, kept = [], []
    for done, step in enumerate(steps):
        said(done, len(steps))
        images = api.snapshot(run.id, step)
        if images.shape == last.shape:  # class after class: S grows by whole classes
            kept.append(step)
            frames.append(pictures.bytes_of(images[tiles]))
    per_class = count <= MOST_COLUMNS and run.config.ipc > 1
    shown = names if per_class else tuple(names[tile // run.config.ipc] for tile in tiles)
    return Growth(np.stack(frames), tuple(kept), columns, shown, per_class, len(last), frames[-1], columns)


def spread(items: list[int], most: int) -> list[int]:
    """At most `most` of them, evenly chosen, the first and the last always among them."""
    if len(items) <= most:
        return items
    return [items[round(i * (len(items) - 1) / (most - 1))] for i in range(most)]


def tiling(classes: int, ipc: int) -> tuple[list[int], int]:
    """Which images of S (class-major) are shown, in reading order, and how many in a row."""
    if classes <= MOST_COLUMNS and ipc > 1:
        rows = min(ipc, PER_CLASS, max(1, MOST_TILES // classes))
        return [label * ipc + row for row in range(rows) for label in range(classes)], classes
    few = min(classes, MOST_TILES)
    return [(i * classes // few) * ipc for i in range(few)], wide(few)


def wide(count: int) -> int:
    """Columns of a sheet about as wide as high, without a gap in the last row where that is possible."""
    square = math.ceil(count**0.5)
    return next((columns for columns in range(square, 2 * square + 1) if count % columns == 0), square)

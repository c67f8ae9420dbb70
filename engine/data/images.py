"""Folders and archives of images: found, decoded in one pass, kept for the next time."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import psutil
import torch
from numpy.typing import NDArray

from engine.config import RunConfig
from engine.data import cache
from engine.data.archive import open_archive
from engine.data.decode import quiet, square
from engine.data.folder import Folder
from engine.data.layout import SHAPES, Layout, arrange, places_of
from engine.data.pixels import Pixels
from engine.data.source import Source, is_notes
from engine.data.ticker import Ticker
from engine.errors import BadData
from engine.paths import given_path

FIRST_ROWS = 1024
GROWTH = 1.5


def read(config: RunConfig, cache_dir: Path, tick: Ticker, own_files: str = "") -> Pixels:
    """The images in `config.data_dir`, at the config's side and channels, from the cache when the content is known.

    `own_files` names what else the dataset could be read from, for the message when there are no images.
    Raises BadData for whatever is missing, damaged, hostile or laid out otherwise.
    """
    source = source_of(config.data_dir, tick)
    names = source.names()
    if names is not None:  # a wrong layout is told before everything is read
        _check_any(len(names), source, own_files)
        places_of(names, source.title)
    key = cache.key(source.digest(tick), config.image_side, config.channels)
    pixels = cache.load(cache_dir, key, tick)
    if pixels is None:
        pixels = _decoded(source, config.image_side, config.channels, own_files, tick)
        cache.store(cache_dir, key, pixels, tick)
    return pixels


def source_of(data_dir: str, tick: Ticker) -> Source:
    """The folder or archive at `data_dir`. Raises BadData when it is neither."""
    path = given_path(data_dir)
    try:
        path.stat()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise BadData(
            f"data_dir '{data_dir}' cannot be opened ({reason}); give the path of a folder or archive."
        ) from None
    if path.is_dir():
        return Folder(path, tick)
    if path.is_file():
        return open_archive(path)
    raise BadData(f"data_dir '{data_dir}' is neither a folder nor a file; give the path of a folder or archive.")


def _check_any(count: int, source: Source, own_files: str) -> None:
    if count:
        return
    instead = f" It holds, among others: {', '.join(source.others)}." if source.others else " It is empty."
    other = f" (or, unpacked, {own_files})" if own_files else ""
    raise BadData(f"{source.title} holds no images; give one laid out as {SHAPES}{other}.{instead}")


def _decoded(source: Source, side: int, channels: int, own_files: str, tick: Ticker) -> Pixels:
    stack = _Stack(channels, side, source.title)
    paths: list[str] = []
    notes: dict[str, str] = {}
    with quiet(), closing(source.files(tick)) as files:  # type: ignore[type-var]
        for path, content in files:
            if is_notes(path):
                notes[path] = content.decode("utf-8", errors="replace")
            else:
                stack.add(square(content, path, side, channels))
                paths.append(path)
    _check_any(len(paths), source, own_files)
    tick("sorting images")
    return _sorted(stack.rows(), arrange(paths, notes, source.title))


def _sorted(rows: NDArray[np.uint8], layout: Layout) -> Pixels:
    in_order = len(rows) == len(layout.order) and bool((layout.order == np.arange(len(rows))).all())
    images = torch.from_numpy(rows if in_order else rows[layout.order])
    return Pixels(images, torch.from_numpy(layout.labels), layout.classes, layout.train)


class _Stack:
    """Images uint8 [n, C, S, S] that grow in place: an archive does not tell how many it holds."""

    def __init__(self, channels: int, side: int, title: str) -> None:
        self.title, self.used = title, 0
        self.array: NDArray[np.uint8] = np.empty((FIRST_ROWS, channels, side, side), dtype=np.uint8)

    def add(self, image: NDArray[np.uint8]) -> None:
        if self.used == len(self.array):
            self._resize(int(self.used * GROWTH))
        self.array[self.used] = image
        self.used += 1

    def _resize(self, count: int) -> None:
        each = self.array[0].nbytes
        if (count - len(self.array)) * each > psutil.virtual_memory().available:
            raise BadData(
                f"{self.title} does not fit in memory: {self.used:,} images are read and each takes {each:,} bytes; lower side, "
                "use colour=grey, or give fewer images."
            )
        self.array.resize((count, *self.array.shape[1:]), refcheck=False)

    def rows(self) -> NDArray[np.uint8]:
        """What was added. Nothing may be added after."""
        self.array.resize((self.used, *self.array.shape[1:]), refcheck=False)
        return self.array

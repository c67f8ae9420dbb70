"""Which datasets of the catalogue have their files in the workspace, how much room they take, and how they go. Torch-free."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from engine.data.catalog import DATASETS

Where = Literal["bundled", "installed", "absent", "needs path"]

_IDX = tuple(f"{part}-{kind}-ubyte" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1"))
_BATCHES = (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch")
FILES: dict[str, tuple[str, ...]] = {
    "mnist": tuple(f"MNIST/raw/{name}" for name in _IDX),
    "fashion-mnist": tuple(f"FashionMNIST/raw/{name}" for name in _IDX),
    "svhn": ("train_32x32.mat", "test_32x32.mat"),
    "cifar10": tuple(f"cifar-10-batches-py/{name}" for name in _BATCHES),
    "cifar100": ("cifar-100-python/train", "cifar-100-python/test"),
}
"""What `engine/data/torchsets.py` reads from the workspace; each may also be there as .gz."""
DOWNLOAD = {
    "mnist": 11_594_722,
    "fashion-mnist": 30_878_645,
    "svhn": 246_316_178,
    "cifar10": 170_498_071,
    "cifar100": 169_001_437,
}
"""Bytes that are fetched, as the servers of the files have told for years."""
MOST_STAMPED = 5000  # entries of a folder that a stamp looks at


class Installed(NamedTuple):
    """Where a dataset of the catalogue is. `bytes`: what its folder takes on disk, unfinished downloads too; `download`: what would
    be fetched, 0 for one that is never downloaded."""

    name: str
    where: Where
    bytes: int
    folder: Path
    download: int


def look(data: Path) -> list[Installed]:
    """One entry per dataset of the catalogue but "folder"; `data` is the workspace's folder of downloads."""
    return [one(data, name) for name in DATASETS if name != "folder"]


def one(data: Path, name: str) -> Installed:
    """The same for one known dataset."""
    folder = data / name
    return Installed(name, _where(folder, name), size_of(folder), folder, DOWNLOAD.get(name, 0))


def is_here(data: Path, name: str) -> bool:
    """Whether it can be read without a download and without a path."""
    return _where(data / name, name) in ("bundled", "installed")


def forget(data: Path, name: str) -> int:
    """Removes what was downloaded; the bytes that freed."""
    freed = size_of(data / name)
    shutil.rmtree(data / name, ignore_errors=True)
    return freed


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files below a folder; links count as themselves, what vanishes meanwhile as nothing."""
    return sum(_sizes(path))


def stamp(path: Path) -> str:
    """Words that change when a person puts other images there; cheap, and blind to a file rewritten in place deep down."""
    try:
        about = path.stat()
        if not path.is_dir():
            return f"{about.st_size} {about.st_mtime_ns}"
        return hashlib.sha256("\n".join(_marks(path)).encode(errors="replace")).hexdigest()[:16]
    except OSError:
        return "missing"


def _where(folder: Path, name: str) -> Where:
    if name == "digits":
        return "bundled"
    if DATASETS[name].needs_path:
        return "needs path"
    there = all((folder / file).is_file() or (folder / f"{file}.gz").is_file() for file in FILES[name])
    return "installed" if there else "absent"


def _sizes(path: Path) -> Iterator[int]:
    waiting = [path]
    while waiting:
        here = waiting.pop()
        try:
            if not here.is_dir() or here.is_symlink():
                yield here.lstat().st_size
                continue
            with os.scandir(here) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(Path(entry.path))
                    else:
                        yield entry.stat(follow_symlinks=False).st_size
        except OSError:
            continue


def _marks(path: Path) -> Iterator[str]:
    """The folders down to three levels, as train/<class>/ needs, with the times at which entries came or went."""
    waiting, seen = [(path, 0)], 0
    while waiting:
        here, depth = waiting.pop()
        yield f"{here} {here.stat().st_mtime_ns}"
        if depth == 3:
            continue
        with os.scandir(here) as entries:
            for entry in sorted(entries, key=lambda one: one.name):
                seen += 1
                if seen > MOST_STAMPED:
                    return
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((Path(entry.path), depth + 1))

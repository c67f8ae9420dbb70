"""The datasets that torchvision knows: from a folder that holds their own files, or downloaded into the workspace.

Each reader takes, in this order: the dataset's own files in `data_dir`; a folder or archive of images there; without
`data_dir`, the workspace's copy, fetched when it is missing. CIFAR's files are pickles: torchvision opens them only after
their checksums agreed with the published ones, so no other pickle is ever opened.
"""

from __future__ import annotations

import gzip
import math
import struct
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from zlib import error as ZlibError

import numpy as np
import torch
from numpy.typing import NDArray

from engine.config import RunConfig
from engine.data import images
from engine.data.fetch import alone, fetch, make_folder, unwritable
from engine.data.pixels import Pixels, resized
from engine.data.source import exists
from engine.data.ticker import Ticker, watched
from engine.errors import BadData
from engine.paths import given_path

T = TypeVar("T")
PARTS = ("train", "t10k")
IDX = tuple(f"{part}-{kind}-ubyte" for part in PARTS for kind in ("images-idx3", "labels-idx1"))
MAX_IDX_BYTES = 2**29
TEN_DIGITS = tuple("0123456789")
CLOTHES = (
    "T-shirt or top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip
CIFAR_FOLDERS = {"CIFAR10": "cifar-10-batches-py", "CIFAR100": "cifar-100-python"}
SVHN_FILES = {"train": "train_32x32.mat", "test": "test_32x32.mat"}


def read_mnist(config: RunConfig, cache_dir: Path, tick: Ticker) -> Pixels:
    return _read_idx("MNIST", TEN_DIGITS, config, cache_dir, tick)


def read_fashion_mnist(config: RunConfig, cache_dir: Path, tick: Ticker) -> Pixels:
    return _read_idx("FashionMNIST", CLOTHES, config, cache_dir, tick)


def read_cifar10(config: RunConfig, cache_dir: Path, tick: Ticker) -> Pixels:
    return _read_cifar("CIFAR10", config, cache_dir, tick)


def read_cifar100(config: RunConfig, cache_dir: Path, tick: Ticker) -> Pixels:
    return _read_cifar("CIFAR100", config, cache_dir, tick)


def read_svhn(config: RunConfig, cache_dir: Path, tick: Ticker) -> Pixels:
    root = _workspace(config, cache_dir)
    if config.data_dir:
        given = given_path(config.data_dir)
        found = _first_with(tuple(SVHN_FILES.values()), [given, given / "svhn", given / "SVHN"])
        if found is None:
            return images.read(config, cache_dir, tick, f"SVHN's own {' and '.join(SVHN_FILES.values())}")
        root = found
    kind = _torchvision("SVHN", tick)
    if not config.data_dir:
        for part in SVHN_FILES:
            url, name, md5 = kind.split_list[part]
            fetch([url], root / name, md5, config.dataset, tick)
    sets = [_opened(partial(kind, root, split=part), root, config, tick) for part in SVHN_FILES]
    return _joined([s.data for s in sets], [s.labels for s in sets], TEN_DIGITS, config, tick)


def _torchvision(name: str, tick: Ticker) -> Any:
    """The torchvision class. Imported only when its own files are read or fetched: the import takes seconds."""

    def load(_: object) -> Any:
        import torchvision.datasets

        return getattr(torchvision.datasets, name)

    return watched(load, lambda: tick("starting torchvision"))


def _workspace(config: RunConfig, cache_dir: Path) -> Path:
    return cache_dir.parent / "data" / config.dataset


def _first_with(names: Sequence[str], folders: Sequence[Path]) -> Path | None:
    """The first folder that holds any of the files."""
    return next((f for f in folders if any(exists(f / name) for name in names)), None)


def _joined(
    parts: Sequence[NDArray[Any]], labels: Sequence[Any], classes: tuple[str, ...], config: RunConfig, tick: Ticker
) -> Pixels:
    """[train, test] of uint8 [n, C, H, W] and n labels each -> one value, resized where the config asks for it."""
    for images_, labels_ in zip(parts, labels, strict=True):
        if len(images_) != len(labels_) or len(labels_) == 0 or max(labels_) >= len(classes):
            raise _misfit(config, f"{len(images_)} images have {len(labels_)} labels")
        if images_.shape[1:] != parts[0].shape[1:] or not images_.size:
            shapes = " and ".join("x".join(map(str, part.shape[2:])) for part in parts)
            raise _misfit(config, f"their images have {shapes} pixels")
    present = set(np.unique(np.asarray(labels[0])).tolist())
    if missing := [name for label, name in enumerate(classes) if label not in present]:
        raise _misfit(config, f"class '{missing[0]}' has no training image")
    whole = torch.from_numpy(np.concatenate([np.ascontiguousarray(part) for part in parts]))
    numbers = torch.from_numpy(np.concatenate([np.asarray(part, dtype=np.int64) for part in labels]))
    return Pixels(resized(whole, config.image_side, tick), numbers, classes, len(labels[0]))


def _misfit(config: RunConfig, what: str) -> BadData:
    return BadData(f"The files of dataset '{config.dataset}' do not fit together: {what}; fetch them again.")


# --- MNIST and Fashion-MNIST: idx files, plain or .gz ---


def _read_idx(own: str, classes: tuple[str, ...], config: RunConfig, cache_dir: Path, tick: Ticker) -> Pixels:
    spellings = [name + end for name in IDX for end in ("", ".gz")]
    root = given_path(config.data_dir) if config.data_dir else _workspace(config, cache_dir)
    folder = _first_with(spellings, [root / own / "raw", root / "raw" if root.name == own else root, root])
    if config.data_dir and folder is None:
        return images.read(config, cache_dir, tick, f"the files {', '.join(IDX)}")
    folder = folder or root / own / "raw"
    if not config.data_dir:
        _fetch_idx(own, folder, config, tick)
    tick(f"reading {config.dataset}")
    pixels, labels = [], []
    for part in PARTS:
        pixels.append(_idx(folder / f"{part}-images-idx3-ubyte", 3, config)[:, None])
        labels.append(_idx(folder / f"{part}-labels-idx1-ubyte", 1, config))
    return _joined(pixels, labels, classes, config, tick)


def _fetch_idx(own: str, folder: Path, config: RunConfig, tick: Ticker) -> None:
    if all((folder / name).exists() or (folder / f"{name}.gz").exists() for name in IDX):
        return
    kind = _torchvision(own, tick)
    for name, md5 in kind.resources:
        if not (folder / name.removesuffix(".gz")).exists():
            fetch([mirror + name for mirror in kind.mirrors], folder / name, md5, config.dataset, tick)


def _idx(path: Path, dimensions: int, config: RunConfig) -> NDArray[np.uint8]:
    """The array in an idx file of bytes. Raises BadData when the file is missing or not what its header says."""
    packed = path.with_name(path.name + ".gz")
    try:
        with path.open("rb") if path.exists() else gzip.open(packed) as file:
            content = file.read(MAX_IDX_BYTES)
        if content[:4] != bytes((0, 0, 8, dimensions)):
            raise ValueError("its first bytes are not those of such a file")
        shape = struct.unpack_from(f">{dimensions}I", content, 4)
        if len(content) - 4 - 4 * dimensions != math.prod(shape):
            raise ValueError(f"its header promises {math.prod(shape):,} bytes")
    except FileNotFoundError:
        raise BadData(
            f"Dataset '{config.dataset}' is not whole: '{path}' (or {packed.name}) is missing; fetch it or set data_dir anew."
        ) from None
    except (OSError, EOFError, ZlibError, ValueError, struct.error) as error:
        raise BadData(
            f"'{path}' is damaged or cut short ({error}); remove it and fetch dataset '{config.dataset}' again."
        ) from None
    return np.frombuffer(content, dtype=np.uint8, offset=4 + 4 * dimensions).reshape(shape)


# --- CIFAR: pickles with published checksums ---


def _read_cifar(own: str, config: RunConfig, cache_dir: Path, tick: Ticker) -> Pixels:
    root, folder = _workspace(config, cache_dir), CIFAR_FOLDERS[own]
    if config.data_dir:
        given = given_path(config.data_dir)
        root = given.parent if given.name == folder else given
        if not exists(root / folder):
            return images.read(config, cache_dir, tick, f"its own folder {folder}")
    kind = _torchvision(own, tick)
    if not config.data_dir:
        _fetch_cifar(kind, root, config, tick)
    sets = [_opened(partial(kind, root, train=train), root, config, tick) for train in (True, False)]
    parts = [s.data.transpose(0, 3, 1, 2) for s in sets]
    return _joined(parts, [s.targets for s in sets], tuple(sets[0].classes), config, tick)


def _fetch_cifar(kind: Any, root: Path, config: RunConfig, tick: Ticker) -> None:
    """Downloads and unpacks what is missing or damaged in the workspace's copy."""
    make_folder(root, config.dataset)
    try:
        _opened(partial(kind, root), root, config, tick)
    except BadData:
        fetch([kind.url], root / kind.filename, kind.tgz_md5, config.dataset, tick)
        try:
            with alone(root, config.dataset, tick):
                watched(lambda _: kind(root, download=True), lambda: tick(f"unpacking {config.dataset}"))
        except OSError as error:
            if error is tick.raised:
                raise
            raise unwritable(root, config.dataset, error) from None


def _opened(make: Callable[[], T], root: Path, config: RunConfig, tick: Ticker) -> T:
    """What torchvision makes of the files. Raises BadData when they are missing or their checksums differ."""

    def quietly(_: object) -> T:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # numpy's, about how the published files were written
            return make()

    try:
        return watched(quietly, lambda: tick(f"reading {config.dataset}"))
    except (OSError, RuntimeError) as error:
        if error is tick.raised:
            raise
        raise BadData(
            f"The files of dataset '{config.dataset}' in '{root}' are missing, damaged or not to be read; fetch them again or set "
            "data_dir to a folder that has them whole."
        ) from None

"""Images, folders and archives made on the spot, for the tests of reading them."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.config import RunConfig, build
from engine.data.dataset import Dataset

Files = Mapping[str, bytes]
SIDE = 8
TAR_MODES = {".tar": "w", ".tar.gz": "w:gz", ".tar.xz": "w:xz", ".tar.bz2": "w:bz2"}


def settings(data_dir: Path | str, **given: object) -> RunConfig:
    """A config that asks little of its data: one image per class is enough."""
    return build(
        {"dataset": "folder", "data_dir": str(data_dir), "side": SIDE, "ipc": 1, "factor": 1, "clusters": 1, **given}
    )


def encoded(image: Image.Image, kind: str = "PNG", **how: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def noise(rng: np.random.Generator, side: int = SIDE) -> NDArray[np.uint8]:
    return rng.integers(0, 256, (side, side, 3), dtype=np.uint8)


def pictures(rng: np.random.Generator, classes: Mapping[str, int], side: int = SIDE) -> dict[str, bytes]:
    """path -> PNG of noise, `classes` naming the folders and how many images each gets."""
    return {
        f"{folder}/{i}.png": encoded(Image.fromarray(noise(rng, side)))
        for folder, count in classes.items()
        for i in range(count)
    }


def as_folder(root: Path, files: Files) -> Path:
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return root


def member(name: str, content: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = len(content), kind, link
    return info


def as_tar(path: Path, files: Files, extra: tarfile.TarInfo | None = None) -> Path:
    """A tar compressed as its name says; `extra` is a member without content that comes first."""
    mode = next(mode for suffix, mode in TAR_MODES.items() if path.name.endswith(suffix))
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
        if extra is not None:
            tar.addfile(extra)
        for name, content in files.items():
            tar.addfile(member(name, content), io.BytesIO(content))
    return path


def as_zip(path: Path, files: Files, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def pack(path: Path, files: Files) -> Path:
    """A folder, .zip or .tar.*, told by the name."""
    if path.suffix == ".zip":
        return as_zip(path, files)
    return as_tar(path, files) if ".tar" in path.name else as_folder(path, files)


def same(one: Dataset, other: Dataset) -> bool:
    """Whether two datasets hold equal tensors, names and statistics."""
    tensors = ("train_images", "train_labels", "test_images", "test_labels")
    values = ("classes", "mean", "std", "fingerprint")
    return all(getattr(one, name).equal(getattr(other, name)) for name in tensors) and all(
        getattr(one, name) == getattr(other, name) for name in values
    )

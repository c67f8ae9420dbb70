"""Decoded images, kept under the hash of what they were decoded from: <cache>/data/<key>.safetensors."""

from __future__ import annotations

import hashlib
import json
import uuid
from contextlib import suppress
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from engine.data.pixels import Pixels, fingerprint
from engine.data.ticker import Ticker, watched
from engine.store import artifacts

FORMAT = 1  # raise it when the same source would be decoded to other pixels or stored otherwise


def key(digest: str, side: int, channels: int) -> str:
    """Hex SHA-256 of everything that decides the pixels. The seed is not part of it: a split is drawn after reading."""
    return hashlib.sha256(f"{digest} {side} {channels} {FORMAT}".encode()).hexdigest()


def load(folder: Path, name: str, tick: Ticker) -> Pixels | None:
    """What was stored under `name`, checked against its own fingerprint; None when there is nothing or it is damaged."""
    path = _path(folder, name)
    if not path.is_file():
        return None
    tick("opening the cached images")
    try:
        with safe_open(path, framework="pt") as file:
            about = file.metadata() or {}
            images, labels = file.get_tensor("images"), file.get_tensor("labels")
        pixels = Pixels(images, labels, tuple(json.loads(about["classes"])), int(about["train"]))
        whole = images.ndim == 4 and images.dtype == torch.uint8 and labels.dtype == torch.int64
        if whole and len(images) == len(labels) and fingerprint(pixels, tick) == about["fingerprint"]:
            return pixels
    except (SafetensorError, OSError, KeyError, ValueError, TypeError) as error:
        if error is tick.raised:
            raise
    tick("the cached images are damaged, decoding them again")
    return None


def store(folder: Path, name: str, pixels: Pixels, tick: Ticker) -> None:
    """Keeps `pixels` under `name`. A full disk or a missing permission is reported and otherwise changes nothing."""
    about = {
        "classes": json.dumps(pixels.classes),
        "train": str(pixels.train),
        "fingerprint": fingerprint(pixels, tick),
    }
    path = _path(folder, name)
    part = path.with_suffix(f".{uuid.uuid4().hex}.part")  # another run may be caching the same images just now
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        artifacts.sweep(path.parent)
        tensors = {"images": pixels.images, "labels": pixels.labels}
        watched(lambda _: save_file(tensors, part, about), lambda: tick("caching images"))
        part.replace(path)
    except (SafetensorError, OSError) as error:
        if error is tick.raised:
            raise
        tick(f"the images could not be cached ({error!s:.200}), so they will be decoded again next time")
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _path(folder: Path, name: str) -> Path:
    return folder / "data" / f"{name}.safetensors"

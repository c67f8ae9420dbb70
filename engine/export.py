"""A run's images in a form that other programs read. The images are the stored ones: decoding them is the reader's business."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray
from PIL import Image

from engine.config import RunConfig
from engine.errors import NotFound, pick
from engine.events import Progress
from engine.store import artifacts
from engine.store.workspace import RunFolder


class Stored(NamedTuple):
    """What is exported: images float32 [K*ipc, C, H, W], class-major, and their labels int64 [K*ipc]. In [0, 1], but for hosts
    that keep normalised images: what networks are to be trained on there has no bounds."""

    images: NDArray[np.float32]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    about: dict[str, Any]


def _npz(stored: Stored, path: Path) -> None:
    with path.open("wb") as file:
        np.savez_compressed(file, images=stored.images, labels=stored.labels, classes=np.array(stored.classes))


def _safetensors(stored: Stored, path: Path) -> None:
    about = {
        "classes": "\n".join(stored.classes),
        "step": str(stored.about["step"]),
        "factor": str(stored.about["factor"]),
    }
    safetensors.numpy.save_file({"images": stored.images, "labels": stored.labels}, path, about)


def _pt(stored: Stored, path: Path) -> None:
    """`[images, labels]`, as the test scripts of IDC and DREAM load it."""
    import torch

    torch.save([torch.from_numpy(stored.images), torch.from_numpy(stored.labels)], path)


def _folder(stored: Stored, path: Path) -> None:
    """<class>/<number>.png, lossless but cut to [0, 1] and rounded to 8 bits, and dataset.json."""
    names = folder_names(stored.classes)
    for name in names:
        (path / name).mkdir(parents=True)
    pixels = np.rint(np.clip(stored.images, 0, 1) * 255).astype(np.uint8).transpose(0, 2, 3, 1)
    for i, (image, label) in enumerate(zip(pixels, stored.labels, strict=True)):
        picture = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
        picture.save(path / names[label] / f"{i % stored.about['ipc']:03d}.png")
    artifacts.write_json(path / "dataset.json", stored.about | {"classes": list(stored.classes), "folders": names})


_WRITERS: dict[str, tuple[Callable[[Stored, Path], None], str]] = {
    "npz": (_npz, "data.npz"),
    "safetensors": (_safetensors, "data.safetensors"),
    "folder": (_folder, "images"),
    "pt": (_pt, "data.pt"),
}
"""Format -> its writer and the name of what it makes."""
FORMATS = tuple(_WRITERS)


def export(run_dir: Path, config: RunConfig, form: str, report: Callable[[Progress], None]) -> dict[str, Any]:
    """Writes the newest images of the run to `<run>/export/`; {"path", "step", "format"}.

    Raises BadConfig for an unknown format, NotFound when the run has no images yet, NoSpace, Damaged.
    """
    write, name = pick(_WRITERS, "format", form)
    folder = RunFolder(run_dir)
    steps = artifacts.steps(folder.snapshots)
    if not steps:
        raise NotFound(f"Run '{run_dir.name}' has no images to export yet; wait for its first snapshot.")
    report(Progress(f"exporting as {form}", 0, 1))
    path = folder.export / name
    with artifacts.whole_folder(path) if form == "folder" else artifacts.whole(path) as part:
        write(_stored(folder, config, steps[-1]), part)
    return {"path": str(path), "step": steps[-1], "format": form}


def _stored(folder: RunFolder, config: RunConfig, step: int) -> Stored:
    images = artifacts.read_snapshot(folder, step)
    if not config.framework.normalised:
        images = np.clip(images, 0, 1)
    count = len(images) // config.ipc
    classes = tuple(artifacts.read_json(folder.classes)) if folder.classes.exists() else tuple(map(str, range(count)))
    about = {"ipc": config.ipc, "factor": config.factor, "step": step, "config": config.to_dict()}
    return Stored(images, np.repeat(np.arange(count, dtype=np.int64), config.ipc), classes, about)


def folder_names(classes: tuple[str, ...]) -> list[str]:
    """One safe and distinct folder name per class, close to the class's own."""
    names: list[str] = []
    for label, text in enumerate(classes):
        safe = re.sub(r"[^\w.+-]+", "_", text).strip("._") or f"class_{label}"
        names.append(f"{safe}_{label}" if safe.lower() in (n.lower() for n in names) else safe)
    return names

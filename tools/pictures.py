"""The small pictures of datasets on the Launch page: `python -m tools.pictures digits mnist=<archive> cifar10=<archive>`.

Each is the first training image of each of the first ten classes, as the engine reads them, five abreast, in its own size; written to
assets/datasets/<dataset>.png. A dataset without an archive is read from the workspace, which may download it.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

from app.parts import pictures
from engine.config import build
from engine.data.load import load

FOLDER = Path(__file__).resolve().parents[1] / "assets" / "datasets"
SHOWN, ABREAST, GAP = 10, 5, 2  # images, images in a row, pixels between them


def draw(dataset: str, data_dir: str = "") -> Path:
    """Writes the picture of one dataset and gives its path. Raises BadData, BadConfig."""
    config = build({"dataset": dataset, "data_dir": data_dir, "ipc": 1})
    with tempfile.TemporaryDirectory() as cache:
        found = load(config, Path(cache))
    labels = found.train_labels.numpy()
    first = [int(np.argmax(labels == label)) for label in range(min(SHOWN, len(found.classes)))]
    FOLDER.mkdir(parents=True, exist_ok=True)
    target = FOLDER / f"{dataset}.png"
    pictures.sheet(found.train_images[first].numpy(), ABREAST, GAP).save(target, optimize=True)
    return target


def main() -> int:
    for word in sys.argv[1:]:
        dataset, _, data_dir = word.partition("=")
        target = draw(dataset, data_dir)
        print(f"{target}  {target.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())

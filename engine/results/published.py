"""Published accuracies, drawn as references beside a run's own. From the tables of the DREAM+ paper."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TABLE = Path(__file__).parents[2] / "assets" / "published" / "accuracy.csv"


@dataclass(frozen=True)
class PublishedFigure:
    """Test accuracy in percent as a paper states it; `std` is None where it states none."""

    method: str
    accuracy: float
    std: float | None
    source: str


def figures(dataset: str, ipc: int) -> tuple[PublishedFigure, ...]:
    """What was published for this dataset and number of images per class, in the table's order."""
    return tuple(figure for name, images, figure in _table() if name == dataset and images in (ipc, None))


@cache
def _table() -> tuple[tuple[str, int | None, PublishedFigure], ...]:
    """(dataset, images per class or None for the whole set, figure)."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple((row["dataset"], _count(row["images_per_class"]), _figure(row)) for row in csv.DictReader(file))


def _count(text: str) -> int | None:
    return int(text) if text else None


def _figure(row: dict[str, str]) -> PublishedFigure:
    std = float(row["std"]) if row["std"] else None
    return PublishedFigure(row["method"], float(row["accuracy_percent"]), std, row["source"])

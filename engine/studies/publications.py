"""What the DREAM+ paper prints in its tables, as rows of our figures (Liu et al., "Efficient Dataset Distillation by
Bidirectional REpresentAtive Matching"; CIFAR-10 at 10 images per class unless a row says otherwise)."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.studies import cells
from engine.studies.study import Row

FOLDER = Path(__file__).parents[2] / "assets" / "published"
COMPONENTS = {"representative_matching": "RM", "clustering_init": "Init", "bidirectional_matching": "BM"}
METHODS = {"none": "IDC", "RM + Init": "DREAM", "RM + Init + BM": "DREAM+"}
"""Components -> what they make of IDC."""
NETWORKS = {"Conv-3": "convnet", "ResNet-10": "resnet10", "DenseNet-121": "densenet121"}
THROUGH = {"Conv-3": "", "ResNet-10": cells.THROUGH}
OUTER = 1200.0
DATASETS = {"cifar10": "", "cifar100": ", CIFAR-100"}
PARTS = {"clustering_s": "Clustering", "update_s": "Update"}


def ablation() -> list[Row]:
    """Table III: series = host, x = components."""
    rows = []
    for line in _lines("ablation"):
        place = line["host"], _components(line)
        rows.append(_row(*place, "accuracy", line["accuracy_percent"], line["std"]))
        if line["outer_iterations_to_host_accuracy"]:
            rows.append(_row(*place, "iterations", line["outer_iterations_to_host_accuracy"]))
    return rows


def speed() -> list[Row]:
    """The iterations of Table III and their ratios: series = method, x = host. And the two points that it has of each curve of
    Figure 4: when the host's accuracy is reached, and the last, after 1,200 outer iterations (section 4.1)."""
    lines = [line for line in _lines("ablation") if line["outer_iterations_to_host_accuracy"]]
    needed = {METHODS.get(_components(line), ""): float(line["outer_iterations_to_host_accuracy"]) for line in lines}
    rows = [
        (method, name, value)
        for method in METHODS.values()
        for name, value in (("iterations", needed[method]), ("speed-up", needed["IDC"] / needed[method]))
    ]
    return [*(_row(method, "IDC", name, value) for method, name, value in rows), *_two_points(lines)]


def _two_points(lines: Sequence[dict[str, str]]) -> Iterator[Row]:
    """Accuracy over outer iterations; the host's own curve ends where it is said to have converged."""
    level = next(line for line in lines if _components(line) == "none")
    for line in lines:
        method = METHODS.get(_components(line), "")
        if method:
            yield _row(method, float(line["outer_iterations_to_host_accuracy"]), "accuracy", level["accuracy_percent"])
        if method and line is not level:
            yield _row(method, OUTER, "accuracy", line["accuracy_percent"], line["std"])


def sampling() -> list[Row]:
    """Table V: series = method and images per cluster, x = clusters."""
    return [
        _row(f"{line['method']}, {line['samples_per_sub_cluster']} per cluster", float(line["sub_clusters"]), "accuracy",
             line["accuracy_percent"], line["std"])
        for line in _lines("sampling")
    ]  # fmt: skip


def cross_architecture() -> list[Row]:
    """Table IV: series = method, with the network that its images were made through; x = the architecture that was tested."""
    return [
        _row(line["method"] + THROUGH[line["distilled_on"]], NETWORKS[line["evaluated_on"]], "accuracy",
             line["accuracy_percent"], line["std"])
        for line in _lines("cross_architecture")
    ]  # fmt: skip


def cost() -> list[Row]:
    """Table VI: series = part of an inner loop, x = method, with the dataset where it is not CIFAR-10."""
    return [
        _row(title, line["method"] + DATASETS[line["dataset"]], "seconds", line[column])
        for line in _lines("time_per_inner_loop")
        for column, title in PARTS.items()
        if line[column]
    ]


def none() -> list[Row]:
    """Of figures that the paper prints no numbers of."""
    return []


def _components(line: dict[str, str]) -> str:
    return " + ".join(short for column, short in COMPONENTS.items() if line[column] == "1") or "none"


def _row(series: str, x: float | str, quantity: str, value: str | float, std: str = "") -> Row:
    return Row(series, x, quantity, float(value), float(std) if std else math.nan, 0, True)


def _lines(table: str) -> Iterator[dict[str, str]]:
    with (FOLDER / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)

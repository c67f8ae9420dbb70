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
OUTER, OUTER_DC = 1200.0, 1000.0
"""Iterations after which curves end: those of section 4.1; for DC and DSA, of which the paper says nothing, those of their own code
(VICO-UoE/DatasetCondensation, main.py)."""
DREAMS = {"DC": "DC + DREAM+", "DSA": "DSA + DREAM+", "IDC-feature": "IDC-feature + DREAM+"}
SPEED_UPS = {"DC": 10.0, "DSA": 10.0, "IDC-feature": 40.0}
"""Of DREAM+, as the text has them: "one-tenth of the number of iterations is sufficient" for DC and DSA (section 4.5, Appliance on
More Methods), "about one-fortieth" for IDC by features (section 4.4, DREAM+ on Distribution Matching, and Figure 4(b))."""
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
    """The iterations of Table III and their ratios, and the ratios that the text tells: series = method, x = host. And the points
    that Table III has of each curve of Figures 4(a) and 9: when the host's accuracy is reached, where it says so, and the last."""
    lines = [line for line in _lines("ablation") if line["outer_iterations_to_host_accuracy"]]
    needed = {METHODS.get(_components(line), ""): float(line["outer_iterations_to_host_accuracy"]) for line in lines}
    rows = [
        (method, name, value)
        for method in METHODS.values()
        for name, value in (("iterations", needed[method]), ("speed-up", needed["IDC"] / needed[method]))
    ]
    told = [_row(DREAMS[host], host, "speed-up", times) for host, times in SPEED_UPS.items()]
    table = [_row(method, "IDC", name, value) for method, name, value in rows]
    return [*table, *told, *_two_points(lines), *_ends()]


def _two_points(lines: Sequence[dict[str, str]]) -> Iterator[Row]:
    """Accuracy over outer iterations; the host's own curve ends where it is said to have converged."""
    level = next(line for line in lines if _components(line) == "none")
    for line in lines:
        method = METHODS.get(_components(line), "")
        if method:
            yield _row(method, float(line["outer_iterations_to_host_accuracy"]), "accuracy", level["accuracy_percent"])
        if method and line is not level:
            yield _row(method, OUTER, "accuracy", line["accuracy_percent"], line["std"])


def _ends() -> Iterator[Row]:
    """The last points of DC and DSA, and of DREAM+ on them."""
    for line in _lines("ablation"):
        host, parts = line["host"], _components(line)
        series = {"none": host, "RM + Init + BM": DREAMS.get(host, "")}.get(parts, "")
        if host in ("DC", "DSA") and series:
            yield _row(series, OUTER_DC, "accuracy", line["accuracy_percent"], line["std"])


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

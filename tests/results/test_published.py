"""Published accuracies: the shipped table, read."""

from __future__ import annotations

import csv

from engine.results import published


def test_published_figures_are_those_of_the_table() -> None:
    with published.TABLE.open(encoding="utf-8") as file:
        rows = [
            row for row in csv.DictReader(file) if row["dataset"] == "cifar10" and row["images_per_class"] in ("10", "")
        ]
    figures = published.figures("cifar10", 10)
    assert [(f.method, f.accuracy) for f in figures] == [
        (row["method"], float(row["accuracy_percent"])) for row in rows
    ]
    assert {"DREAM+", "DREAM", "IDC", "Whole dataset"} & {f.method for f in figures} >= {"DREAM+", "DREAM", "IDC"}
    assert all(0 < f.accuracy <= 100 and f.source for f in figures)
    assert published.figures("digits", 10) == ()

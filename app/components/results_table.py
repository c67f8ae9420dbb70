"""The table of results: a row per method, a column per number of images, ours above what was published. And the same as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any, NamedTuple

import streamlit as st

from app import palette
from app.components import lean
from engine.api import Measured, PublishedFigure, ResultCell

HEAD = ("method", "dataset", "ipc", "protocol", "epochs", "mean", "std", "std_of_sets", "sets", "networks", "best_of_tests",
        "best_of_tests_std", "published", "published_std", "source", "seconds_per_run", "device", "commit", "settings", "runs")  # fmt: skip

_table = st.components.v2.component(
    "distillery_results",
    html='<div class="results"></div>',
    js=lean.LOADER,
    isolate_styles=False,  # the style sheet is fetched once, for the document
)


class View(NamedTuple):
    """What of the results is shown. `papers`: also methods that are known from papers only."""

    dataset: str
    protocol: str
    papers: bool


def results_table(cells: Sequence[ResultCell], view: View) -> ResultCell | None:
    """Shows the table; the cell of ours that a person has just clicked."""
    result: Any = _table(
        key="results", data=lean.plain(content(cells, view) | lean.pieces("results_table")), on_act_change=lambda: None
    )
    act: dict[str, str] = result.get("act") or {}
    return next((cell for cell in cells if cell.ours and key(cell) == act.get("key")), None)


def key(cell: ResultCell) -> str:
    """Names one cell of one protocol."""
    return "|".join((cell.method, cell.dataset, str(cell.ipc), cell.protocol))


def columns(cells: Sequence[ResultCell], view: View) -> list[int]:
    """The numbers of images per class that have a column, ascending."""
    return sorted({cell.ipc for cell in _shown(cells, view)})


def content(cells: Sequence[ResultCell], view: View) -> dict[str, Any]:
    """The table as the browser gets it: words, no numbers to format. Methods keep the order of `cells` within a column."""
    shown, ipcs = _shown(cells, view), columns(cells, view)
    ours = {(cell.method, cell.ipc): cell for cell in shown if _ours(cell, view)}
    papers = {
        (cell.method, cell.ipc): cell.published for cell in cells if cell.published and cell.dataset == view.dataset
    }
    recipes = {cell.method: cell.recipe for cell in sorted(shown, key=lambda cell: cell.order)}
    rows = [
        {
            "method": method,
            "mark": list(palette.recipe(recipe).ink) if recipe or any((method, ipc) in ours for ipc in ipcs) else None,
            "known": not any((method, ipc) in ours for ipc in ipcs),
            "cells": [_cell(ours.get((method, ipc)), papers.get((method, ipc))) for ipc in ipcs],
        }
        for method, recipe in recipes.items()
    ]
    return {"columns": [per_class(ipc) for ipc in ipcs], "rows": rows}


def _shown(cells: Sequence[ResultCell], view: View) -> list[ResultCell]:
    """Ours under the view's protocol, and what papers report of methods that are asked for, whatever it was measured under."""
    some = [cell for cell in cells if cell.dataset == view.dataset]
    known = {(cell.method, cell.ipc) for cell in some if cell.published}
    return [
        cell
        for cell in some
        if _ours(cell, view) or ((cell.method, cell.ipc) in known and (cell.recipe or view.papers))
    ]


def _ours(cell: ResultCell, view: View) -> bool:
    return cell.ours is not None and cell.protocol == view.protocol


def per_class(ipc: int) -> str:
    """'10 images per class'."""
    return f"{ipc} image{'' if ipc == 1 else 's'} per class"


def accuracy(mean: float, std: float | None) -> str:
    """'95.8 ± 0.2'; without the deviation where none is stated."""
    return f"{mean:.1f}" if std is None else f"{mean:.1f} ± {std:.1f}"


def counts(ours: Measured) -> str:
    """'3 sets × 5 networks': every set has its own networks."""
    sets, each = ours.n_sets, ours.n_networks / ours.n_sets
    return f"{sets} set{'' if sets == 1 else 's'} × {each:.3g} network{'' if each == 1 else 's'}"


def _cell(cell: ResultCell | None, figure: PublishedFigure | None) -> dict[str, Any] | None:
    published = f"published {accuracy(figure.accuracy, figure.std)}" if figure else ""
    if cell is None or cell.ours is None:
        return {"key": "", "ours": "", "count": "", "published": published, "title": ""} if published else None
    ours = cell.ours
    return {
        "key": key(cell),
        "ours": accuracy(ours.mean, ours.std) + (" †" if ours.departs else ""),
        "count": counts(ours),
        "published": published,
        "title": ours.departs or "Show details",
        "at": ours.mean,
        "paper": figure.accuracy if figure else None,
    }


def as_csv(cells: Sequence[ResultCell]) -> str:
    """Every cell, whatever is shown. Accuracies in percent, seconds of work; runs and devices joined by spaces and semicolons."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(HEAD)
    table.writerows(_line(cell) for cell in cells)
    return out.getvalue()


def _line(cell: ResultCell) -> Sequence[object]:
    ours, figure = cell.ours, cell.published
    measured: Sequence[object] = ("",) * 8
    made: Sequence[object] = ("",) * 5
    if ours:
        measured = (
            ours.protocol.get("epochs", ""),
            ours.mean,
            ours.std,
            ours.std_of_sets,
            ours.n_sets,
            ours.n_networks,
            ours.best.mean if ours.best else "",
            ours.best.std if ours.best else "",
        )
        made = (ours.seconds, "; ".join(ours.devices), " ".join(ours.commits), ours.departs, " ".join(ours.runs))
    paper = (figure.accuracy, "" if figure.std is None else figure.std, figure.source) if figure else ("",) * 3
    return cell.method, cell.dataset, cell.ipc, cell.protocol, *measured, *paper, *made

"""The cells of the matrix in words and shades."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from app.charts.studies.catalog import NETWORKS as TITLES
from app.charts.studies.matrix import ink
from app.components.score_matrix import Line, Tile
from app.parts import words
from app.views.evaluate.cells import Cell, Protocol, Row, cell, stored
from engine import api
from engine.api import Run, Task
from engine.config import NETWORKS

COLUMNS = {network: TITLES.get(network, network) for network in NETWORKS}
Open = dict[str, tuple[str, tuple[Run, ...]]]
"""Key of a cell that can be chosen -> its network, and the runs that are to be evaluated for it."""


def lines(
    rows: Sequence[Row], protocol: Protocol, tasks: Mapping[str, Sequence[Task]], newest: Mapping[str, int]
) -> tuple[list[Line], Open]:
    """The rows as the browser shows them, and what choosing a cell means."""
    found = {(row.key, network): cell(row, network, protocol, tasks, newest) for row in rows for network in COLUMNS}
    means = [one.score.mean for one in found.values() if one.score]
    writable = not api.readonly()
    shown = [
        Line(row.key, row.label, _facts(row), f"run?id={row.key}" if len(row.runs) == 1 and row.key == row.runs[0].id else "",
             tuple(_tile(row, network, found[row.key, network], means, writable) for network in COLUMNS))
        for row in rows
    ]  # fmt: skip
    open_cells = {
        f"{row}|{network}": (network, one.missing)
        for (row, network), one in found.items()
        if writable and _is_open(one)
    }
    return shown, open_cells


def _is_open(one: Cell) -> bool:
    return bool(one.missing) and not one.tasks


def _tile(row: Row, network: str, one: Cell, means: Sequence[float], writable: bool) -> Tile:
    key, can = f"{row.key}|{network}", writable and _is_open(one)
    if one.tasks:
        share = statistics.fmean(t.done / t.total if t.total else 0.0 for t in one.tasks)
        waits = all(task.state == "queued" for task in one.tasks)
        return Tile(
            key, "live", f"{100 * share:.0f} %", "waiting" if waits else "measuring", "Being measured now.", share=share
        )
    if one.score:
        some = f" · {one.score.n_sets} of {len(row.runs)} runs" if one.score.n_sets < len(row.runs) else ""
        text = f"{one.score.mean:.1f} ± {one.score.std:.1f}"
        title = f"{text} %, mean over {one.score.n_networks} networks{some}."
        return Tile(
            key, "measured", text, f"n {one.score.n_networks}{some}", title, ink(one.score.mean, means), open=can
        )
    if one.other:
        score, step = one.other
        how = stored(score.protocol).words or "an unknown protocol"
        at = "" if step is None else f" at step {step:,}"
        return Tile(key, "other", f"{score.mean:.1f} ± {score.std:.1f} †", f"n {score.n}{at}",
                    f"Measured otherwise: {how}{at}." + _why(one), open=can)  # fmt: skip
    return Tile(key, "unfit" if one.unfit else "missing", words.DASH, "", "Not measured yet." + _why(one), open=can)


def _why(one: Cell) -> str:
    return (
        " Under this protocol's name this run has another augmentation or CutMix, or a newer version."
        if one.unfit
        else ""
    )


def _facts(row: Row) -> str:
    """What the label does not say by itself: a group's names its recipe."""
    config, count = row.runs[0].config, len(row.runs)
    recipe = "" if row.key != row.runs[0].id else f"{words.recipe(config)} · "
    seeds = f"{count} runs" if count > 1 else f"seed {config.seed}"
    return f"{config.spec.title} · ipc {config.ipc} · {recipe}{seeds}"

"""`engine results`: the table of what was reached, and its export."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from itertools import groupby

from engine import api
from engine.api import ResultCell
from engine.cli.commands import Answer
from engine.cli.text import span
from engine.data.catalog import DATASETS
from engine.paths import given_path

NONE = "No finished run with an accuracy yet. 'python -m engine run --preset digits-demo --wait' makes one."


def results(args: argparse.Namespace) -> Answer:
    if args.export:
        path = given_path(args.export)
        count = api.export_results(path)
        return Answer(
            {"path": str(path), "runs": count}, f"{count} finished {'run' if count == 1 else 'runs'} in {path}"
        )
    cells = api.results()
    return Answer([cell.to_dict() for cell in cells], table(cells))


def table(cells: Iterable[ResultCell]) -> str:
    """One block per dataset and number of images per class that was measured; figures that were only published are left to --json."""
    measured = [cell for cell in cells if cell.ours]
    blocks = groupby(measured, lambda cell: (cell.dataset, cell.ipc))
    return "\n\n".join("\n".join(_block(*key, list(some))) for key, some in blocks) or NONE


def _block(dataset: str, ipc: int, cells: list[ResultCell]) -> Iterable[str]:
    row = "{:<18} {:<9} {:>15}  {:<7} {:>15}  {:>12}  {:<9} {}".format
    yield f"{DATASETS[dataset].title}, {ipc} per class: test accuracy in percent, mean ± standard deviation over networks"
    yield row("method", "protocol", "ours", "n", "published", "time/run", "commit", "").rstrip()
    for cell in cells:
        if (ours := cell.ours) is None:
            continue
        commit = ours.commits[-1] + ("*" if ours.dirty else "") if ours.commits else "-"
        counts = f"{ours.n_sets} x {ours.n_networks // ours.n_sets}"
        others = f"{len(cell.others)} more with other settings" if cell.others else ""
        remarks = "; ".join(filter(None, (ours.departs, others)))
        yield row(cell.method, cell.protocol, f"{ours.mean:.2f} ± {ours.std:.2f}", counts, _published(cell),
                  span(ours.seconds), commit, remarks).rstrip()  # fmt: skip


def _published(cell: ResultCell) -> str:
    figure = cell.published
    if figure is None:
        return "-"
    return f"{figure.accuracy:.1f}" + ("" if figure.std is None else f" ± {figure.std:.1f}")

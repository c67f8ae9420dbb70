"""Studies from the command line: launch one, wait for it, print the rows of its figure."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from typing import Any

from engine import api
from engine.cli import study_files, watch
from engine.cli.commands import Answer, pair
from engine.errors import BadRequest, DistilleryError
from engine.studies.study import ALONG


def study(args: argparse.Namespace) -> Answer:
    if not args.name:
        names = ", ".join(row["name"] for row in api.studies())
        raise BadRequest(f"No study was named; choose one of: {names}.")
    launched = api.launch_study(args.name, args.scale, dict(map(pair, args.pairs)))
    if not args.wait:
        return Answer(launched.to_dict(), launched.id)
    print(f"Study {launched.id}: {len(launched.members)} runs", file=sys.stderr)
    ended, interrupted = watch.study(launched.id)
    rows = api.study_rows(ended.id)
    value = ended.to_dict() | {"rows": [row._asdict() for row in rows]}
    if interrupted:
        note = "Stopped waiting; the runs go on. 'python -m engine studies' says how far they are."
        return Answer(value, ended.id, watch.INTERRUPTED, note)
    files, unmade = _files(ended)
    table = figure(rows, _shape(ended.name)) + ("\n\nfiles\n  " + "\n  ".join(files) if files else "")
    faults = "\n".join(fault for fault in (_fault(ended), unmade) if fault)
    return Answer(value | {"files": files}, table, 1 if faults else 0, faults)


def _files(ended: api.StudyRecord) -> tuple[list[str], str]:
    """The paths of what its figure is made of besides rows; and why there are none, when they could not be made."""
    try:
        return [str(path) for path in study_files.write(ended)], ""
    except DistilleryError as error:
        return [], f"error: {error}"


def studies(_: argparse.Namespace) -> Answer:
    table, launched = api.studies(), api.list_studies()
    value = {"studies": table, "launched": [one.to_dict() for one in launched]}
    known = "\n".join(f"{row['name']:<20} {row['title']} ({row['source']}): {row['question']}" for row in table)
    return Answer(value, "\n\n".join((known, _launched(launched))))


def figure(rows: Sequence[api.Row], shape: str) -> str:
    """One line per value under a heading for each quantity; of a curve, its last point."""
    if not rows:
        return "This study's figure is made of images or points, not of rows; its page shows it."
    quantities = dict.fromkeys(row.quantity for row in rows)
    blocks = {name: [row for row in rows if row.quantity == name] for name in quantities}
    return "\n\n".join(
        "\n".join([name, *_lines(_ends(some) if shape == "curves" or name == ALONG else some)])
        for name, some in blocks.items()
    )


def _ends(rows: Sequence[api.Row]) -> list[api.Row]:
    """The last point of each curve; what has no place on an axis stays."""
    last = {(row.series, row.published, isinstance(row.x, str)): row for row in rows}
    return list(last.values())


def _lines(rows: Sequence[api.Row]) -> list[str]:
    line = "  {:<30} {:>16}  {:>18}  {}".format
    return [line(one.series, _x(one.x), _value(one), "published" if one.published else f"n = {one.n}") for one in rows]


def _x(x: float | str) -> str:
    return x if isinstance(x, str) else f"{x:g}"


def _value(row: api.Row) -> str:
    value = f"{row.value:.4g}" if math.isfinite(row.value) else "never"
    return value if math.isnan(row.std) else f"{value} ± {row.std:.2g}"


def _launched(found: Sequence[api.StudyRecord]) -> str:
    if not found:
        return "None was launched yet. 'python -m engine study ablation --wait' starts one."
    row = "{:<8}  {:<9} {:>5}  {:>5}  {:<20} {}".format
    return "\n".join([row("id", "state", "done", "runs", "study", "scale"), *(row(*_cells(one)) for one in found)])


def _cells(one: api.StudyRecord) -> tuple[Any, ...]:
    return one.id, one.state, f"{one.progress:.0%}", len(one.members), one.name, one.scale


def _shape(name: str) -> str:
    return next(str(row["shape"]) for row in api.studies() if row["name"] == name)


def _fault(ended: api.StudyRecord) -> str:
    """Which runs failed, or that some were stopped; empty when all is there."""
    if ended.failed:
        return "\n".join(f"error: {cell}, seed {seed}: {error}" for cell, seed, error in ended.failed)
    return "" if ended.state == "finished" else f"error: The study was {ended.state} before it had finished."

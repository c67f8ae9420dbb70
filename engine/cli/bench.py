"""`python -m engine bench`: how fast the inner loop is on this machine, alone and against a plain one."""

from __future__ import annotations

import argparse
import os
import sys
from functools import partial
from typing import Any

from engine.bench import measure, report
from engine.bench.cases import USUAL, of_case, of_preset
from engine.bench.pair import BASELINE
from engine.cli.commands import Answer
from engine.config import RunConfig, build
from engine.errors import BadRequest

NO_PLAIN_LOOP = (
    "The plain loop to compare with is not installed here (benchmarks/baseline.py is missing), so no ratio is given."
)
OTHER_HOST = "The plain loop to compare with is IDC's, so no ratio is given for another host."
PLAIN_HOST = "idc"


def bench(args: argparse.Namespace) -> Answer:
    if args.repeats < 1:
        raise BadRequest(f"--repeats must be at least 1 pair of blocks, got {args.repeats}.")
    if args.preset and args.cases:
        raise BadRequest("--preset and --case were both given; name cases, or one preset, not both.")
    if args.record and not BASELINE.parent.is_dir():
        raise BadRequest(f"--record writes to '{BASELINE.parent / 'results'}', whose parent is missing; use --json.")
    device = _device(args.device)
    cases = _cases(args, device)
    compare = args.baseline and BASELINE.exists()
    load = os.getloadavg()[0]
    rows: list[dict[str, Any]] = []
    machine: dict[str, Any] = {}
    for name, config in cases.items():
        plain = compare and config.host == PLAIN_HOST
        row, machine = measure.measure(config, args.repeats, plain, partial(_say_of, name))
        rows.append({"name": name} | row)
    found = report.whole(device, machine, rows, load)
    if args.record:
        _say(f"recorded in {report.record(found, BASELINE.parent / 'results')}")
    return Answer(found, report.text(found), error=_note(args.baseline, compare, cases))


def _note(wanted: bool, compare: bool, cases: dict[str, RunConfig]) -> str:
    """Why there is no ratio where one was wanted."""
    if not wanted:
        return ""
    if not compare:
        return NO_PLAIN_LOOP
    return OTHER_HOST if any(config.host != PLAIN_HOST for config in cases.values()) else ""


def _device(asked: str) -> str:
    """ "cpu" or "cuda:<number>". Raises BadConfig."""
    build({"device": asked})
    from engine.devices import resolve  # torch: only when something is measured

    return str(resolve(asked))


def _cases(args: argparse.Namespace, device: str) -> dict[str, RunConfig]:
    """Name -> settings. Raises BadRequest."""
    if args.preset:
        return {args.preset: of_preset(args.preset, device)}
    return {name: of_case(name, device) for name in args.cases or USUAL[device.partition(":")[0]]}


def _say_of(case: str, what: str) -> None:
    _say(f"{case}: {what}")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)

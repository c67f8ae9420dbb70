"""`python -m engine run`: one run, or with --sweep one for every combination of the listed values."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from engine import api
from engine.cli import commands, text, watch
from engine.cli.commands import Answer
from engine.errors import BadConfig

OPTION, EXAMPLE = "sweep", "seed=0-4"


def run(args: argparse.Namespace) -> Answer:
    return _sweep(args) if args.sweeps else commands.run(args)


def _sweep(args: argparse.Namespace) -> Answer:
    settings, varied = commands.given(args), lists(args.sweeps)
    if both := [name for name in varied if name in settings]:
        sentence = f"{both[0]} was given both as a single value and to --{OPTION}; give it once."
        raise BadConfig({both[0]: sentence})
    launched = api.launch_sweep(settings, varied, args.preset, args.name)
    ids = [one.id for one in launched]
    if not args.wait:
        return Answer([one.to_dict() for one in launched], "\n".join(ids))
    print(f"{launched[0].tags[0].capitalize()}: {len(ids)} runs", file=sys.stderr)
    ended, interrupted = watch.sweep(ids)
    value = [one.to_dict() for one in ended]
    if interrupted:
        note = "Stopped waiting; the runs go on. 'python -m engine list' says how far they are."
        return Answer(value, "\n".join(ids), watch.INTERRUPTED, note)
    codes = [commands.exit_code(one.error_kind) for one in ended if one.state != "finished"]
    return Answer(value, text.runs(ended), max(codes, default=0), _faults(ended))


def lists(pairs: Sequence[str]) -> dict[str, tuple[object, ...]]:
    """Setting -> its values, of KEY=LIST as --sweep takes it. Raises BadConfig for all that are wrong at once."""
    found: dict[str, tuple[object, ...]] = {}
    problems: dict[str, str] = {}
    for name, listed in (commands.pair(one, OPTION, EXAMPLE) for one in pairs):
        try:
            if name in found:
                raise BadConfig({name: f"{name} was given to --{OPTION} twice; list all of its values in one."})
            found[name] = api.sweep_values(name, listed)
        except BadConfig as error:
            problems |= error.problems
    if problems:
        raise BadConfig(problems)
    return found


def _faults(ended: Sequence[api.Run]) -> str:
    """Which runs did not finish, and why."""
    lost = [one for one in ended if one.state != "finished"]
    return "\n".join(f"error: {one.id}, {one.name}: {one.error or f'it was {one.state}.'}" for one in lost)

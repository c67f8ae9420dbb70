"""Parses, calls the command, prints its answer: data on stdout, words about it on stderr."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Sequence
from typing import Any

from engine.cli.parser import parse
from engine.cli.watch import INTERRUPTED
from engine.errors import BadConfig, DistilleryError


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0 done, 1 the run failed, 2 the request was wrong, 130 interrupted."""
    words = list(sys.argv[1:] if argv is None else argv)
    as_json = "--json" in words
    try:
        args = parse(words)
        as_json = args.json
        answer = args.command(args)
    except DistilleryError as error:
        return _refuse(error, as_json)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED
    if answer.error:
        print(answer.error, file=sys.stderr)
    _print(_json(answer.value) if as_json else answer.text)
    return int(answer.code)


def _refuse(error: DistilleryError, as_json: bool) -> int:
    sentence = " ".join(str(error).split())
    print(f"error: {sentence}", file=sys.stderr)
    if as_json:
        _print(_json({"error": sentence, "problems": error.problems if isinstance(error, BadConfig) else {}}))
    return error.exit_code


def _json(value: Any) -> str:
    return json.dumps(_finite(value), indent=2, ensure_ascii=False, allow_nan=False)


def _finite(value: Any) -> Any:
    """JSON has no NaN and no infinity: null stands for both."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    return [_finite(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def _print(text: str) -> None:
    try:
        if text:
            print(text, flush=True)
    except BrokenPipeError:  # the reader has seen enough ("| head"): nothing more may be written, not even at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

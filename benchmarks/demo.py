"""The digits demo for three seeds, each in a fresh workspace: `python -m benchmarks.demo`. Writes docs/RESULTS.md's first table."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "RESULTS.md"
BEGIN, END = "<!-- demo: begin -->\n", "<!-- demo: end -->\n"
SCORES = ("accuracy", "initial", "random", "full")


def run(seed: int) -> dict[str, Any]:
    """One cold run through the command line; its JSON, with the whole command's seconds as `wall`."""
    with tempfile.TemporaryDirectory() as home:
        command = [
            sys.executable,
            "-m",
            "engine",
            "run",
            "--preset",
            "digits-demo",
            "--set",
            f"seed={seed}",
            "--wait",
            "--json",
        ]
        began = time.monotonic()
        done = subprocess.run(
            command, cwd=ROOT, env=os.environ | {"DISTILLERY_HOME": home}, capture_output=True, check=True
        )
        result: dict[str, Any] = json.loads(done.stdout) | {"wall": time.monotonic() - began}
    return result


def row(result: dict[str, Any]) -> str:
    cells = [f"{result[s]['mean']:.1f} ± {result[s]['std']:.1f}" for s in SCORES]
    return f"| {result['config']['seed']} | {' | '.join(cells)} | {result['accuracy']['n']} | {result['wall']:.0f} |\n"


def main() -> None:
    rows = []
    for seed in range(3):
        rows.append(row(run(seed)))
        print(rows[-1], end="", flush=True)
    machine = f"{os.cpu_count()} CPU cores ({platform.machine()}), torch {torch.__version__}, Python {platform.python_version()}"
    head = "| seed | distilled | starting images | random selection | full data | networks | seconds in all |\n| --- | --- | --- | --- | --- | --- | --- |\n"
    table = f"{BEGIN}Measured on {time.strftime('%Y-%m-%d')}, {machine}; test accuracy in percent, mean ± standard deviation over networks.\n\n"
    table += head + "".join(rows) + END
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    PAGE.write_text(before + table + rest.split(END)[1], encoding="utf-8")


if __name__ == "__main__":
    main()

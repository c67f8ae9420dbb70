"""The digits demo for three seeds, each in a fresh workspace: `python -m benchmarks.demo`. Writes results/runs-digits-demo.json.

From the command line to the end, as a person would meet it, which also times it cold. `python -m tools.results` then puts the
figures into docs/RESULTS.md.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from engine.results import Entry, read, write

ROOT = Path(__file__).parents[1]
RECORD = ROOT / "benchmarks" / "results" / "runs-digits-demo.json"
SEEDS = range(3)


def run(seed: int) -> tuple[list[Entry], float]:
    """What one cold run recorded, and the whole command's seconds."""
    with tempfile.TemporaryDirectory() as folder:
        home, kept = Path(folder) / "workspace", Path(folder) / "runs.json"
        began = time.monotonic()
        _engine(home, "run", "--preset", "digits-demo", "--set", f"seed={seed}", "--wait")
        seconds = time.monotonic() - began
        _engine(home, "results", "--export", str(kept))
        return read([kept]), seconds


def _engine(home: Path, *words: str) -> None:
    command = [sys.executable, "-m", "engine", *words]
    environment = os.environ | {"DISTILLERY_HOME": str(home)}
    subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=True)


def main() -> None:
    entries: list[Entry] = []
    for seed in SEEDS:
        found, seconds = run(seed)
        entries += found
        scores = [entry.score for entry in found if entry.score]
        print(
            f"seed {seed}: {', '.join(f'{s.mean:.1f} ± {s.std:.1f}' for s in scores)} % in {seconds:.0f} s", flush=True
        )
    write(RECORD, entries)
    print(f"Recorded in {RECORD}")


if __name__ == "__main__":
    main()

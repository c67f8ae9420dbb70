"""The script for GPU machines, as far as a CPU can follow it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_dry_call_leaves_every_result(tmp_path: Path) -> None:
    done = subprocess.run(
        ["bash", "benchmarks/gpu.sh", "--dry"],
        cwd=ROOT,
        env=os.environ | {"OUT": str(tmp_path / "out"), "PYTHON": sys.executable, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    said = done.stdout.splitlines()
    assert done.returncode == 0, done.stdout + done.stderr
    assert said[-1] == f"Results are in {tmp_path / 'out'}"
    found = {path.name for path in (tmp_path / "out").iterdir()}
    assert {
        "environment.out",
        "tests.out",
        "bench-trial.json",
        "evaluation.out",
        "run.json",
        "metrics.csv",
        "accuracy.csv",
    } <= found
    assert json.loads((tmp_path / "out" / "bench-trial.json").read_text())["cases"][0]["name"] == "trial"
    curve = (tmp_path / "out" / "accuracy.csv").read_text().splitlines()
    assert curve[0] == "step,name,value,seconds" and [line.split(",")[0] for line in curve[1::2]] == ["0", "2", "4"]


def test_a_part_that_fails_does_not_lose_the_others(tmp_path: Path) -> None:
    """Here all of them do: with a Python that is none."""
    done = subprocess.run(
        ["bash", "benchmarks/gpu.sh", "--dry"],
        cwd=ROOT,
        env=os.environ | {"OUT": str(tmp_path / "out"), "PYTHON": "false"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert (
        done.stdout.splitlines()[-1]
        == f"Results are in {tmp_path / 'out'}; not done: environment tests bench-trial evaluation run"
    )

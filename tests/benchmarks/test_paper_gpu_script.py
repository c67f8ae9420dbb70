"""The script for the paper's comparison on a GPU, as far as a CPU can follow it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from engine import results

ROOT = Path(__file__).resolve().parents[2]


def call(out: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "benchmarks/paper_gpu.sh", "--dry"],
        cwd=ROOT,
        env=os.environ | {"OUT": str(out), "OMP_NUM_THREADS": "1", "DISTILLERY_HOME": ""} | environment,
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_a_dry_call_leaves_every_run(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = call(out, PYTHON=sys.executable)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == f"Results are in {out}"
    entries = results.read([out / "runs-table1.json"])
    assert {entry.config.recipe for entry in entries} == {"dream+"}
    for entry in entries:
        assert [point.step for point in entry.curves["accuracy"]] == [0, 2, 4] and entry.provenance["python"]
    assert not list(out.glob("unfinished-*"))


def test_a_part_that_fails_does_not_lose_the_others(tmp_path: Path) -> None:
    """Here all of them do: with a Python that is none."""
    done = call(tmp_path / "out", PYTHON="false")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == f"Results are in {tmp_path / 'out'}; not done: digits-dream+-1"


def test_without_time_nothing_is_begun(tmp_path: Path) -> None:
    done = call(tmp_path / "out", PYTHON=sys.executable, MINUTES="1")
    assert done.returncode == 1 and "digits-dream+-1: no time left for it" in done.stdout

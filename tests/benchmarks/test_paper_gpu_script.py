"""The script for the paper's comparison on a GPU, as far as a CPU can follow it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine import results

ROOT = Path(__file__).resolve().parents[2]


def call(out: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "benchmarks/paper_gpu.sh", *(words or ("--dry",))],
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


@pytest.mark.parametrize("minutes", [15, 30, 60])
def test_every_limit_grows_with_the_time_there_is(tmp_path: Path, minutes: int) -> None:
    """Nothing runs here: what would be called with a time limit writes that down instead."""
    stand_in, limits = tmp_path / "bin" / "timeout", tmp_path / "limits"
    stand_in.parent.mkdir()
    stand_in.write_text(f'#!/bin/sh\necho "$2" >>{limits}\n')
    stand_in.chmod(0o755)
    path = f"{stand_in.parent}:{os.environ['PATH']}"
    done = call(tmp_path / "out", "data", "data", PYTHON="true", PATH=path, MINUTES=str(minutes))
    assert done.returncode == 0, done.stdout + done.stderr
    halves = [360] * 3 + [90] * 3 + [100] * 3 + [600] * 3  # seconds of half an hour
    assert [int(line) for line in limits.read_text().split()] == [seconds * minutes // 30 for seconds in halves]


def test_without_time_nothing_is_begun(tmp_path: Path) -> None:
    done = call(tmp_path / "out", PYTHON=sys.executable, MINUTES="1")
    assert done.returncode == 1 and "digits-dream+-1: no time left for it" in done.stdout

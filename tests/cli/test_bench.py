"""`python -m engine bench`: the whole command on a case of seconds, and what it refuses. No number of seconds is asserted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch

from engine.bench import measure, report
from engine.bench.cases import CASES, USUAL, of_case, of_preset
from engine.bench.pair import Child
from engine.bench.product import Product
from engine.cli import bench
from engine.cli.main import main
from engine.config import build
from engine.errors import RunFailed
from engine.estimate import counts

ROOT = Path(__file__).resolve().parents[2]
ONE_THREAD = os.environ | {"OMP_NUM_THREADS": "1"}  # other tests want the cores
NUMBERS = {
    "ms_per_inner_loop", "ms_low", "ms_high", "cluster_share", "match_share", "network_share", "metrics_share", "cluster_ms",
    "images_per_second", "tflops", "peak_share", "peak_memory_mb", "process_memory_mb", "repeats", "loops_per_block",
}  # fmt: skip
COMPARED = {
    "baseline_ms_per_inner_loop", "baseline_ms_low", "baseline_ms_high", "baseline_cluster_share", "baseline_match_share",
    "baseline_network_share", "baseline_peak_memory_mb", "ratio", "ratio_low", "ratio_high", "difference_from_plain",
}  # fmt: skip


@pytest.fixture(scope="module")
def measured() -> dict[str, Any]:
    """What the real command printed for the smallest case, plain loop included."""
    words = ("bench", "--device", "cpu", "--case", "trial", "--repeats", "2", "--json")
    done = subprocess.run(
        [sys.executable, "-m", "engine", *words], cwd=ROOT, env=ONE_THREAD, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert "trial: repeat 2 of 2, product" in done.stderr.splitlines()
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_json_has_every_quantity(measured: dict[str, Any]) -> None:
    assert set(measured) == {"device", "date", "versions", "machine", "cases"}
    assert measured["device"] == "cpu" and measured["machine"]["matmul_gflops"] > 0 and measured["versions"]["torch"]
    (case,) = measured["cases"]
    assert set(case) == NUMBERS | COMPARED | {"name", "precision", "equal_to_plain"}
    assert all(case[name] > 0 for name in (NUMBERS | COMPARED) - {"difference_from_plain"})
    assert case["ratio_low"] <= case["ratio"] <= case["ratio_high"]
    assert (case["name"], case["repeats"], case["precision"]) == ("trial", 2, "float32")


def test_the_shares_make_up_the_whole(measured: dict[str, Any]) -> None:
    """But for what lies between the parts, and the difference of a median of sums from the sum of medians."""
    case = measured["cases"][0]
    assert 50 < sum(case[f"{part}_share"] for part in ("cluster", "match", "network", "metrics")) < 150


def test_the_product_tells_when_it_picked_and_measured() -> None:
    config = of_case("trial", "cpu")
    assert (config.interval, config.metrics_every) == (2, 4)
    torch_threads = torch.get_num_threads()
    try:
        block = Product(config).block(5)
    finally:
        torch.set_num_threads(torch_threads)
    assert ["cluster" in loop for loop in block] == [True, False, True, False, True]
    assert ["metrics" in loop for loop in block] == [True, False, False, False, True]


def test_the_product_computes_what_the_plain_loop_does(measured: dict[str, Any]) -> None:
    assert measured["cases"][0]["equal_to_plain"] is True


def test_the_table_names_its_units_and_what_they_mean(measured: dict[str, Any]) -> None:
    lines = report.text(measured).splitlines()
    assert "ms per inner loop" in lines[2] and "times faster" in lines[2] and lines[3].startswith("trial ")
    assert len(lines[2]) == len(lines[3]) and report.WORDS in report.text(measured)
    differing = measured | {"cases": [measured["cases"][0] | {"equal_to_plain": False, "difference_from_plain": 0.25}]}
    assert "trial: the images after one inner loop differ from the plain loop's by 0.25" in report.text(differing)
    busy = measured | {"machine": measured["machine"] | {"load_before": 2.0}}
    assert "The machine was not quiet (2.0 processes" in report.text(busy)


def test_a_record_is_named_by_date_and_device(measured: dict[str, Any], tmp_path: Path) -> None:
    path = report.record(measured | {"date": "2026-11-21"}, tmp_path / "results")
    assert path.name == "bench-20261121-cpu.json" and json.loads(path.read_text())["cases"] == measured["cases"]


@pytest.mark.parametrize("missing", [False, True])
def test_without_the_plain_loop(
    missing: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Asked for, or because it is not there; the measuring itself is stood in for."""
    asked: list[bool] = []

    def stand_in(_config: object, _repeats: int, compare: bool, say: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        asked.append(compare)
        say("standing in")
        numbers = dict.fromkeys(NUMBERS - {"peak_share"}, 2.0) | {"precision": "float32"}
        return numbers, {"name": "a machine", "cores": 2, "matmul_gflops": 1e5}

    monkeypatch.setattr(measure, "measure", stand_in)
    if missing:
        monkeypatch.setattr(bench, "BASELINE", tmp_path / "benchmarks" / "baseline.py")
    words = ["bench", "--case", "trial", "--device", "cpu"] + ([] if missing else ["--no-baseline"])
    assert main(words) == 0
    said = capsys.readouterr()
    assert asked == [False] and "times faster" not in said.out.splitlines()[2] and "trial: standing in" in said.err
    assert (bench.NO_PLAIN_LOOP in said.err) == missing


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--case", "cifar10-papr"), "Unknown case 'cifar10-papr'. Did you mean 'cifar10-paper'?"),
        (("--preset", "nothing"), "Unknown preset 'nothing'."),
        (("--device", "abacus"), "Unknown device 'abacus'."),
        (("--device", "cuda:99"), "Device 'cuda:99' was asked for, but this machine has"),
        (("--repeats", "0"), "--repeats must be at least 1 pair of blocks, got 0."),
        (("--repeats", "few"), "Argument --repeats: invalid int value: 'few'"),
        (("--preset", "digits-demo", "--case", "trial"), "--preset and --case were both given"),
    ],
)
def test_refusals(words: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", *words, "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"].startswith(sentence)


def test_ctrl_c_ends_both_processes() -> None:
    """And says so in one word, with nothing left behind."""
    words = ("bench", "--device", "cpu", "--case", "trial", "--repeats", "10000")
    parent = subprocess.Popen(
        [sys.executable, "-m", "engine", *words],
        cwd=ROOT,
        env=ONE_THREAD,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert parent.stderr
    children: list[psutil.Process] = []
    for line in parent.stderr:
        if "starting" in line:
            children = psutil.Process(parent.pid).children()
            break
    os.kill(parent.pid, signal.SIGINT)
    _, err = parent.communicate(timeout=60)
    assert parent.returncode == 130 and err.splitlines()[-1] == "Interrupted." and "Traceback" not in err
    assert len(children) == 2
    until = time.monotonic() + 20
    while any(child.is_running() for child in children) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(child.is_running() for child in children)


def test_a_process_that_dies_is_a_sentence() -> None:
    with (
        pytest.raises(RunFailed, match=r"The process of a loop ended in the middle \(exit code 1\): .*No module named"),
        Child("engine.bench.nowhere", "a loop", {}) as child,
    ):
        child.ask("block", loops=1)


@pytest.mark.parametrize("name", CASES)
def test_every_case_can_be_built(name: str) -> None:
    config = of_case(name, "cpu")
    assert config.pretrain_epochs == 0 and config.spec.train
    assert {case for cases in USUAL.values() for case in cases} <= set(CASES)


def test_presets_are_measured_as_they_are() -> None:
    config = of_preset("tinyimagenet-idc", "cpu")
    assert (config.sampler, config.ipc, config.image_side) == ("random", 10, 64)


def test_counted_arithmetic_of_a_small_convnet() -> None:
    """By hand: 8x8 grey, width 4, two blocks: 2*9*1*4*64 = 4,608 and 2*9*4*4*16 = 4,608 per image."""
    config = build(
        {
            "side": 8,
            "width": 4,
            "depth": 2,
            "ipc": 1,
            "factor": 2,
            "clusters": 3,
            "batch_real": 16,
            "net_samples_per_step": 20,
        }
    )
    assert counts.forward_flop(config) == [4608, 4608]
    assert counts.images_per_loop(config) == 10 * (3 + 4) + 32
    real, second = 5 * 4608, 7 * 4608
    assert counts.flop_per_loop(config) == 10 * (3 * real + 4 * (real + second)) + 32 * real
    assert counts.flop_per_loop(build({"network": "resnet10"})) is None


def test_what_is_not_done_in_every_loop_is_spread_over_its_interval() -> None:
    times = measure.Times(build({"interval": 10, "metrics_every": 50}))
    times.first = [{"whole": 9.0, "cluster": 90.0, "metrics": 5.0}]
    times.blocks = [[{"whole": 1.0}, {"whole": 3.0}], [{"whole": 2.0, "cluster": 20.0}]]
    assert times.loop(times.blocks[1]) == pytest.approx(2 + 2 + 0.1)
    assert times.loop(times.blocks[0]) == pytest.approx(2 + 2 + 0.1), "a block without picking takes the usual one"

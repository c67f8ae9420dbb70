"""Times the parts of the inner loop while one quantity at a time changes, and fits the cost model of engine/estimate/.

`python -m benchmarks.cost [--device D] [--record]` measures for about ten minutes on a quiet machine, each point in a process of
its own; `--fit RECORD` prints the prices and how far off they are, and draws docs/images/cost.svg.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch
from scipy.optimize import nnls

from benchmarks.cost_plot import Panel, Series, drawing
from engine import estimate
from engine.bench.cases import QUICK_START
from engine.bench.child import memory
from engine.bench.product import Product
from engine.config import RunConfig, build
from engine.data.catalog import DatasetSpec
from engine.devices import finish
from engine.runner.process import SURROUNDINGS
from engine.training import embed

RESULTS = Path(__file__).parent / "results"
LOOPS, LONG = 9, 7.0  # inner loops of a point, after a first one; seconds after which no further one is begun
QUIET, TRIES = (
    0.05,
    3,
)  # share of the cores that others may take meanwhile; how often a point is measured until they do not

INTERVAL, METRICS_EVERY = (
    10,
    50,
)  # inner loops that a pick and a measurement are spread over: the paper's, and the default
PICTURE = Path(__file__).parents[1] / "docs" / "images" / "cost.svg"
NAMES = {"whole": "inner loop", "match": "matching", "network": "network training", "pick": "picking (every 10th)"}
AXES = {
    "classes": ("Classes", "", "classes"),
    "ipc": ("Images per class", "factor 2; at most 128 decoded", "ipc"),
    "width": ("Width of the ConvNet", "", "width"),
    "side": ("Image side", "3, 3 and 4 blocks", "side"),
}

BASE: dict[str, Any] = {
    "classes": 10, "images": 300, "side": 32, "channels": 3, "ipc": 10, "width": 64, "depth": 3, "clusters": 64,
    "net_samples_per_step": 500,
}  # fmt: skip
DIGITS = {
    "classes": 10,
    "images": 143,
    "side": 16,
    "channels": 1,
    "ipc": 1,
    "width": 32,
    "clusters": 32,
    "batch_real": 64,
}
SWEEPS: dict[str, list[dict[str, Any]]] = {
    "classes": [{"classes": n} for n in (2, 5, 10, 20, 50, 100)],
    "ipc": [{"ipc": n} for n in (1, 5, 10, 20, 50)],
    "width": [{"width": n} for n in (16, 32, 64, 128)],
    "side": [{"side": side, "depth": depth} for side, depth in ((16, 3), (32, 3), (64, 4))],
    "images": [{"classes": 2, "images": n} for n in (100, 1000, 5000)],
    "elsewhere": [  # no line goes through these
        DIGITS,
        DIGITS | {"ipc": 10, "width": 64, "clusters": 64},
        {"images": 5000, "classes": 2, "width": 128, "clusters": 128, "net_samples_per_step": 2000},
        {"width": 128, "clusters": 128, "net_samples_per_step": 2000},
        {"side": 28, "channels": 1, "images": 500, "width": 128, "clusters": 128, "ipc": 1},
        {"width": 32, "clusters": 128, "net_samples_per_step": 2000, "images": 500},
        {"clusters": 32, "ipc": 20, "width": 48, "net_samples_per_step": 1000, "batch_real": 64, "objective": "feature"},
    ],
}  # fmt: skip


@dataclass(frozen=True)
class Shaped(RunConfig):
    """Settings for random pixels of any number and shape."""

    classes: int = 10
    images: int = 300  # per class

    @property
    def spec(self) -> DatasetSpec:
        count = self.classes * self.images
        return DatasetSpec("Noise", "", 3, 32, self.classes, count, count, self.images)


def shaped(point: dict[str, Any], device: str) -> Shaped:
    """The settings of a point: what it names, over the base."""
    given = BASE | point
    own = {name: given.pop(name) for name in ("classes", "images")}
    own["colour"] = "colour" if given.pop("channels") == 3 else "grey"
    usual = {"dataset": "cifar10", "interval": 2, "metrics_every": 2, "device": device}
    plain = build({**usual, **QUICK_START, **given})
    return Shaped(**{field.name: getattr(plain, field.name) for field in dataclasses.fields(plain)} | own)


def measured(point: dict[str, Any], device: str) -> dict[str, Any]:
    """Median seconds of each part of a point's inner loop, and peak memory; in this very process."""
    config = shaped(point, device)
    product = Product(config)
    loops: list[dict[str, float]] = []
    product.block(1)  # numba's code is loaded, memory is taken
    began, busy = time.perf_counter(), _busy_elsewhere()
    while len(loops) < 2 or (len(loops) < LOOPS and time.perf_counter() - began < LONG):
        loops += product.block(1)
    peaks = memory(product.device)  # before the features are timed: that is no part of a run
    row: dict[str, Any] = {
        part: statistics.median(times)
        for part in ("match", "network", "cluster", "metrics")
        if (times := [loop[part] for loop in loops if part in loop])  # every second loop picks and measures
    }
    row["features"] = statistics.median(_features(product) for _ in range(3))
    others = (_busy_elsewhere() - busy) / (time.perf_counter() - began) / (os.cpu_count() or 1)
    return {"point": point, "loops": len(loops), "seconds": row, "memory": peaks, "others": others}


def _busy_elsewhere() -> float:
    """Seconds of computing that other processes have had so far."""
    cpu, own = psutil.cpu_times(), psutil.Process().cpu_times()
    return float(sum(cpu) - cpu.idle - cpu.iowait - own.user - own.system)


def _features(product: Product) -> float:
    """Seconds of the features of all classes, which picking and measuring share."""
    loop, data = product.loop, product.loop.data
    assert loop.student is not None, "the loops have run"
    began = time.perf_counter()
    for members in data.members:
        embed(loop.student.network, data.train_images[members], data.normalise)
    finish(product.device)
    return time.perf_counter() - began


def sweep(device: str, wanted: Iterable[str], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The points of the sweeps `wanted`, each measured unless `rows` has it already; with the rows of the other sweeps."""
    done = {_key(row["point"]): row for row in rows}
    rows = [row for row in rows if row["sweep"] not in wanted]
    for name, points in SWEEPS.items():
        if name not in wanted:
            continue
        for point in points:
            key = _key(point)
            if key not in done:
                done[key] = _quietly(point, device)
                print(name, point, {k: f"{1e3 * v:.1f}" for k, v in done[key]["seconds"].items()}, done[key]["loops"],
                      f"{done[key]['memory']['process_mb']:.0f} MB",
                      f"{100 * done[key]['others']:.0f} % others", flush=True)  # fmt: skip
            rows.append(done[key] | {"sweep": name, "point": point})
    return rows


def _key(point: dict[str, Any]) -> str:
    return json.dumps(BASE | point, sort_keys=True)


def _quietly(point: dict[str, Any], device: str) -> dict[str, Any]:
    """A point's measurement in a process with a worker's surroundings: of several tries the one with the least going on beside it."""
    command = [sys.executable, "-m", "benchmarks.cost", "--device", device, "--point", json.dumps(point)]
    tries: list[dict[str, Any]] = []
    while len(tries) < TRIES and not (tries and tries[-1]["others"] < QUIET):
        answer = subprocess.run(command, env=os.environ | SURROUNDINGS, capture_output=True, text=True, check=True)
        tries.append(json.loads(answer.stdout.splitlines()[-1]))
    return min(tries, key=lambda one: float(one["others"]))


def _path(device: str) -> Path:
    return RESULTS / f"cost-{time.strftime('%Y%m%d')}-{device.replace(':', '')}.json"


def record(rows: list[dict[str, Any]], device: str) -> None:
    about = {"machine": platform.processor() or platform.machine(), "cores": os.cpu_count(), "device": device,
             "torch": torch.__version__, "python": platform.python_version(), "base": BASE, "rows": rows}  # fmt: skip
    RESULTS.mkdir(exist_ok=True)
    _path(device).write_text(json.dumps(about, indent=1) + "\n")


def equations(rows: Iterable[dict[str, Any]]) -> list[tuple[str, estimate.Work, float]]:
    """(part, its counted work, seconds measured) of every point, each once."""
    found = []
    for row in {_key(row["point"]): row for row in rows}.values():
        work, times = estimate.parts_work(shaped(row["point"], "cpu")), row["seconds"]
        work["cluster"] = work["features"].plus(work.pop("pick"))  # the clock has them in one
        found += [(part, estimate.shared_out(amount), times[part]) for part, amount in work.items()]
    return found


def fit(cases: Sequence[tuple[str, estimate.Work, float]]) -> estimate.Work:
    """The prices, none below zero, with which the sum of squared relative errors is least."""
    A = np.array([[amount / seconds for amount in work] for _, work, seconds in cases])
    return estimate.Work(*nnls(A, np.ones(len(A)))[0])


def foretold(work: estimate.Work, prices: estimate.Work) -> float:
    return sum(amount * price for amount, price in zip(work, prices, strict=True))


def report(rows: list[dict[str, Any]]) -> None:
    """Prints the prices, and how far each point is from what the other points foretell."""
    print("prices", estimate.Work(*(float(f"{price:.3g}") for price in fit(equations(rows)))))
    ratios: dict[str, list[float]] = {}
    for point in {_key(row["point"]): row["point"] for row in rows}.values():
        mine = equations([row for row in rows if _key(row["point"]) == _key(point)])
        prices = fit(equations([row for row in rows if _key(row["point"]) != _key(point)]))
        parts = {part: (foretold(work, prices), seconds) for part, work, seconds in mine}
        parts["loop"] = (spread({k: v[0] for k, v in parts.items()}), spread({k: v[1] for k, v in parts.items()}))
        for part, (guess, seconds) in parts.items():
            ratios.setdefault(part, []).append(guess / seconds)
        print(point, {k: f"{1e3 * g:.0f}/{1e3 * m:.0f} = {g / m:.2f}" for k, (g, m) in parts.items()})
    for part, found in ratios.items():
        typical = statistics.median(max(r, 1 / r) for r in found)
        print(f"{part:9} off by a factor of {typical:.2f} (median), from {min(found):.2f} to {max(found):.2f}")


def spread(parts: dict[str, float]) -> float:
    """Seconds of an inner loop with the paper's intervals."""
    return parts["match"] + parts["network"] + parts["cluster"] / INTERVAL + parts["metrics"] / METRICS_EVERY


def draw(rows: list[dict[str, Any]]) -> None:
    """docs/images/cost.svg."""
    panels = []
    for name, (title, note, quantity) in AXES.items():
        series: dict[str, Series] = {}
        for part in NAMES:
            measured: list[tuple[float, float]] = []
            guessed: list[tuple[float, float]] = []
            for row in sorted((r for r in rows if r["sweep"] == name), key=lambda r: int(r["point"][quantity])):
                times = {which: seconds for which, _, seconds in equations([row])}
                guess = {which: foretold(work, estimate.PRICES) for which, work, _ in equations([row])}
                for found, parts in ((measured, times), (guessed, guess)):
                    value = {"whole": spread(parts), "pick": parts["cluster"] / INTERVAL} | parts
                    found.append((float(row["point"][quantity]), 1e3 * value[part]))
            series[part] = Series(measured, guessed)
        panels.append(Panel(title, note, series))
    words = "10 classes of 300 images, ipc 10, width 64, 32 × 32 pixels, 64 clusters, 500 network images; one of these changes"
    PICTURE.write_text(drawing(panels, NAMES, "One inner loop on two CPU cores", words), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument(
        "--record", action="store_true", help="add to benchmarks/results/cost-<date>-<device>.json what it lacks"
    )
    parser.add_argument("--only", nargs="+", choices=list(SWEEPS), default=list(SWEEPS), help="which sweeps")
    parser.add_argument("--point", help="measure one point, given as JSON, in this process")
    parser.add_argument("--fit", type=Path, metavar="RECORD", help="fit the model to a record, and draw it")
    arguments = parser.parse_args()
    if arguments.point:
        print(json.dumps(measured(json.loads(arguments.point), arguments.device)))
        return
    if arguments.fit:
        rows = json.loads(arguments.fit.read_text())["rows"]
        report(rows)
        draw(rows)
        return
    path = _path(arguments.device)
    rows = json.loads(path.read_text())["rows"] if arguments.record and path.exists() else []
    for name in arguments.only:
        rows = sweep(arguments.device, [name], rows)
        if arguments.record:
            record(rows, arguments.device)


if __name__ == "__main__":
    main()

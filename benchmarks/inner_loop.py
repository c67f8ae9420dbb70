"""Times the inner loop on this machine: `python -m benchmarks.inner_loop [--repeats N]`.

For each case: median and spread of the milliseconds per inner loop (clustering spread over its interval), its split, and what
`engine.estimate` foretells. The record goes to benchmarks/results/. Random pixels: the arithmetic does not mind.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from pathlib import Path
from typing import Any

import torch

from engine.clock import peak_memory_mb
from engine.config import RunConfig, build
from engine.cores import cores, threads
from engine.data.dataset import Dataset
from engine.devices import finish, resolve
from engine.estimate import loop_seconds
from engine.loop import Loop

RESULTS = Path(__file__).parent / "results"

CASES: dict[str, dict[str, object]] = {
    "digits-demo": {"dataset": "digits", "ipc": 1, "reference_epochs": 0},
    "digits-wide": {"dataset": "digits", "ipc": 10, "width": 64, "clusters": 64},
    "cifar10-narrow": {"dataset": "cifar10", "ipc": 10, "width": 32, "clusters": 32, "net_samples_per_step": 500},
    "cifar10-paper": {"dataset": "cifar10", "ipc": 10},
}


def random_data(config: RunConfig, members: int) -> Dataset:
    """Noise in the dataset's shape, `members` images per class."""
    classes, side = config.spec.classes, config.image_side
    labels = torch.arange(classes).repeat(members)
    images = torch.randint(0, 256, (len(labels), config.channels, side, side), dtype=torch.uint8)
    names, mean, std = tuple(map(str, range(classes))), (0.5,) * config.channels, (0.25,) * config.channels
    return Dataset(config.dataset, images, labels, images[:classes], labels[:classes], names, mean, std, "noise")


def measure(config: RunConfig, repeats: int, members: int) -> dict[str, Any]:
    """One case: a warm-up loop, then `repeats` timed ones, each from a step at which nothing is picked or measured, and the
    picking and measuring on their own."""
    device = resolve(config.device)
    torch.set_num_threads(threads(config))
    loop = Loop(config, random_data(config, members).to(device))
    list(loop.start())
    started = time.perf_counter()
    loop.refresh()
    finish(device)
    pick = time.perf_counter() - started
    loop.advance()
    loop.clock.lap(1)
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        loop.advance()
        finish(device)
        seconds.append(time.perf_counter() - started)
    shares = {k: v for k, v in loop.clock.lap(repeats).items() if k.startswith("share.")}
    every = 1 / config.interval + 1 / config.metrics_every
    return {
        "ms_per_inner_loop": 1e3 * (statistics.median(seconds) + every * pick),
        "spread_ms": 1e3 * (max(seconds) - min(seconds)),
        "pick_and_measure_ms": 1e3 * pick,
        "estimate_ms": 1e3 * loop_seconds(config),
        "peak_memory_mb": peak_memory_mb(device),
        **shares,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--cases", nargs="*", default=list(CASES), choices=list(CASES))
    arguments = parser.parse_args()
    rows = {}
    for name in arguments.cases:
        config = build(CASES[name] | {"pretrain_epochs": 0})
        members = config.spec.train // config.spec.classes
        rows[name] = measure(config, arguments.repeats if "paper" not in name else min(3, arguments.repeats), members)
        row = rows[name]
        print(
            f"{name:16} {row['ms_per_inner_loop']:9.0f} ms per inner loop (spread {row['spread_ms']:.0f}), "
            f"estimated {row['estimate_ms']:.0f}, matching {row['share.match']:.0f} %, network {row['share.network']:.0f} %, "
            f"peak {row['peak_memory_mb']:.0f} MB",
            flush=True,
        )
    record = {"machine": platform.processor() or platform.machine(), "cores": cores(),
              "torch": torch.__version__, "python": platform.python_version(), "cases": rows}  # fmt: skip
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"inner_loop-{time.strftime('%Y%m%d')}.json"
    path.write_text(json.dumps(record, indent=1) + "\n")
    print(f"Recorded in {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}.")


if __name__ == "__main__":
    main()

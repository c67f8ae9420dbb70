"""The image step of DC, DSA and DM: the passes written out beside automatic differentiation, in turn: `python -m benchmarks.hosts`.

One sweep over all classes on random images, the same network and draws for both; automatic differentiation has both cores for itself.
Writes results/hosts-<date>-cpu.json: medians in milliseconds and the ratio of each pair of sweeps.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Any

import torch

from engine.bench.machine import name
from engine.bench.noise import random_data
from engine.config import RunConfig, build
from engine.cores import cores, threads
from engine.distill.loop import Loop
from engine.fast import Layers
from engine.fast.kernels import prepare
from engine.store import artifacts

RESULTS = Path(__file__).parent / "results"
SHAPES: dict[str, dict[str, object]] = {
    "digits": {"dataset": "digits"},
    "CIFAR-10, width 32": {"dataset": "cifar10", "width": 32},
    "CIFAR-10, width 128": {"dataset": "cifar10"},
}
PAIRS = 5


def measure(config: RunConfig) -> dict[str, Any]:
    """Milliseconds of a sweep both ways, and how many times faster the passes are."""
    torch.set_num_threads(threads(config))
    loop = Loop(config, random_data(config))
    list(loop.start())
    student, images = loop._live_student(), loop.optimiser.at_turn()
    turns = [loop._turn(label) for label in range(loop.data.num_classes)]

    def sweep(layers: Layers | None) -> float:
        torch.set_num_threads(cores() if layers is None else threads(config))
        began = time.perf_counter()
        loop.sweep.gradients(student.network, layers, images, turns)
        return 1e3 * (time.perf_counter() - began)

    pairs = [(sweep(student.layers), sweep(None)) for _ in range(PAIRS + 1)][1:]
    ratios = [plain / ours for ours, plain in pairs]
    return {"ms": statistics.median(p[0] for p in pairs), "differentiated_ms": statistics.median(p[1] for p in pairs),
            "ratio": statistics.median(ratios), "ratio_low": min(ratios), "ratio_high": max(ratios)}  # fmt: skip


def main() -> None:
    prepare()
    rows = []
    for recipe in ("dc", "dsa", "dm"):
        for shape, settings in SHAPES.items():
            config = build({**settings, "recipe": recipe, "ipc": 10, "device": "cpu"}, check=False)
            rows.append({"host": recipe, "shape": shape, **measure(config)})
            print("{host:4} {shape:20} {ms:8.0f} ms against {differentiated_ms:6.0f}: {ratio:.2f} ({ratio_low:.2f}-{ratio_high:.2f})".format(**rows[-1]), flush=True)  # fmt: skip
    found = {
        "machine": name(torch.device("cpu")),
        "cores": cores(),
        "torch": torch.__version__,
        "pairs": PAIRS,
        "rows": rows,
    }
    artifacts.write_json(RESULTS / f"hosts-{time.strftime('%Y%m%d')}-cpu.json", found)


if __name__ == "__main__":
    main()

"""One case, measured: blocks of inner loops of the product and of the plain loop in turn, and what follows from their seconds.
Torch-free: the loops run in processes of their own (engine/bench/pair.py)."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

from engine.bench import pair
from engine.bench.pair import Child
from engine.config import RunConfig
from engine.estimate import counts

Say = Callable[[str], None]
Part = dict[str, float]  # seconds of one inner loop by part
Row = dict[str, Any]

LONG = 20.0  # seconds: when a pair of whole intervals would take longer, a block is one inner loop
QUICK = 10.0  # seconds: a clustering that took less is measured once more, without the costs of a first time
SLOW_REPEATS = 5  # pairs of a case whose blocks are single loops
EQUAL = 0.01  # relative difference up to which the product's image step is called that of the plain loop
PRODUCT, BASELINE = "product", "baseline"


class Times:
    """The seconds of one side, block by block."""

    def __init__(self, config: RunConfig) -> None:
        self.config = config
        self.first: list[Part] = []  # the very first inner loop, which begins an outer iteration
        self.again: list[Part] = []  # another beginning of one, where there was time for it
        self.blocks: list[list[Part]] = []

    def loop(self, block: Sequence[Part]) -> float:
        """Seconds of an inner loop of this block, picking and measuring spread over their intervals."""
        return self.part("whole", block) + self.cluster(block) + self.metrics()

    def part(self, name: str, block: Sequence[Part]) -> float:
        return statistics.fmean(loop.get(name, 0.0) for loop in block)

    def cluster(self, block: Sequence[Part] = ()) -> float:
        """Seconds of picking, spread over its interval: this block's own where it picked."""
        return self._due("cluster", block) / self.config.interval

    def metrics(self) -> float:
        """Seconds of the measurements, spread over their interval."""
        return self._due("metrics", ()) / self.config.metrics_every

    def median(self, name: str) -> float:
        """Of one part over the blocks."""
        return statistics.median(self.part(name, block) for block in self.blocks)

    def _due(self, name: str, block: Sequence[Part]) -> float:
        """Seconds of something that is not done in every loop: in this block, else usually, else the first time."""
        groups = (block, [loop for one in self.blocks for loop in one], self.again, self.first)
        for group in groups:
            found = [loop[name] for loop in group if name in loop]
            if found:
                return statistics.median(found)
        return 0.0


def measure(config: RunConfig, repeats: int, compare: bool, say: Say) -> tuple[Row, Row]:
    """The case's row and what the machine can do. `repeats`: pairs of blocks. Without `compare` there is no plain loop."""
    with ExitStack() as stack:
        sides = {PRODUCT: stack.enter_context(pair.product())}
        if compare:
            sides[BASELINE] = stack.enter_context(pair.baseline())
        say("starting")
        pair.start(config, sides[PRODUCT], sides.get(BASELINE))
        times = _take_turns(config, sides, repeats, say)
        row = _row(config, times) | _memory(sides) | {"precision": sides[PRODUCT].ask("precision")}
        if compare:
            say("comparing the images")
            far = pair.difference(sides[PRODUCT], sides[BASELINE])
            row |= {"difference_from_plain": far, "equal_to_plain": None if far is None else far <= EQUAL}
        say("measuring the machine")
        return row, sides[PRODUCT].ask("machine")


def _take_turns(config: RunConfig, sides: dict[str, Child], repeats: int, say: Say) -> dict[str, Times]:
    times = {name: Times(config) for name in sides}
    for name, child in sides.items():
        say(f"first loop, {name}")
        times[name].first = child.ask("block", loops=1)
    loops = config.interval if config.interval * sum(t.first[0]["whole"] for t in times.values()) <= LONG else 1
    if loops == 1:
        repeats = min(repeats, SLOW_REPEATS)
    for repeat in range(repeats):
        # The order changes, so that a machine that slows down meanwhile slows both alike.
        for name in list(sides)[:: -1 if repeat % 2 else 1]:
            say(f"repeat {repeat + 1} of {repeats}, {name}")
            times[name].blocks.append(sides[name].ask("block", loops=loops))
    for name, child in sides.items():
        if loops == 1 and times[name].first[0].get("cluster", QUICK) < QUICK:
            child.ask("fresh")
            times[name].again = child.ask("block", loops=1)
    return times


def _row(config: RunConfig, times: dict[str, Times]) -> Row:
    mine = times[PRODUCT]
    loops = [mine.loop(block) for block in mine.blocks]
    loop = statistics.median(loops)
    seconds = {"match": mine.median("match"), "network": mine.median("network"), "metrics": mine.metrics(),
               "cluster": mine.cluster()}  # fmt: skip
    if any("images" in part for block in mine.blocks for part in block):
        seconds["images"] = mine.median("images")
    flop = counts.flop_per_loop(config)
    row: Row = {
        "repeats": len(loops),
        "loops_per_block": len(mine.blocks[0]),
        "ms_per_inner_loop": 1e3 * loop,
        "ms_low": 1e3 * min(loops),
        "ms_high": 1e3 * max(loops),
        **{f"{name}_share": 100 * part / loop for name, part in seconds.items()},
        "cluster_ms": 1e3 * seconds["cluster"] * config.interval,
        "images_per_second": counts.images_per_loop(config) / loop,
        "tflops": flop and flop / mine.median("whole") / 1e12,
    }
    return row | (_compared(times[BASELINE], loops) if BASELINE in times else {})


def _compared(plain: Times, loops: Sequence[float]) -> Row:
    theirs = [plain.loop(block) for block in plain.blocks]
    ratios = [b / a for a, b in zip(loops, theirs, strict=True)]
    loop = statistics.median(theirs)
    return {
        "baseline_ms_per_inner_loop": 1e3 * loop,
        "baseline_ms_low": 1e3 * min(theirs),
        "baseline_ms_high": 1e3 * max(theirs),
        "baseline_cluster_share": 100 * plain.cluster() / loop,
        "baseline_match_share": 100 * plain.median("match") / loop,
        "baseline_network_share": 100 * plain.median("network") / loop,
        "ratio": statistics.median(ratios),
        "ratio_low": min(ratios),
        "ratio_high": max(ratios),
    }


def _memory(sides: dict[str, Child]) -> Row:
    """Peak megabytes: on a GPU of its tensors, on a CPU of the whole process."""
    peaks = {name: child.ask("memory") for name, child in sides.items()}
    found = {name: peak["process_mb"] if peak["gpu_mb"] is None else peak["gpu_mb"] for name, peak in peaks.items()}
    row = {"peak_memory_mb": found[PRODUCT], "process_memory_mb": peaks[PRODUCT]["process_mb"]}
    return row | ({"baseline_peak_memory_mb": found[BASELINE]} if BASELINE in found else {})

"""The product's inner loop as a process that is measured: `python -m engine.bench.product`, started by `engine bench` only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from engine.bench.child import memory, serve
from engine.bench.machine import machine
from engine.bench.noise import random_data
from engine.config import RunConfig, build
from engine.cores import threads
from engine.devices import finish, resolve
from engine.distill.loop import Loop
from engine.precision import use


class Product:
    """`Loop`, set up as engine/pipeline.py does for a run."""

    def __init__(self, config: RunConfig) -> None:
        self.device = resolve(config.device)
        self.threads_at_start = torch.get_num_threads()
        torch.set_num_threads(threads(config))
        use(config.precision)
        self.loop = Loop(config, random_data(config).to(self.device))
        list(self.loop.start())

    def block(self, loops: int) -> list[dict[str, float]]:
        """Seconds of the parts of each inner loop: "match", "network", whatever else its clock tells apart, and "whole" of the
        sweep and the training; "cluster" and "metrics" where they were due, on top."""
        return [self._one() for _ in range(loops)]

    @property
    def precision(self) -> str:
        """What the convolutions really run in: TF32 is a thing of GPUs."""
        asked = self.loop.config.precision
        return "float32" if asked == "tf32" and self.device.type == "cpu" else asked

    def fresh(self) -> None:
        """The next inner loop begins an outer iteration."""
        self.loop.step += -self.loop.step % self.loop.config.inner

    def write_check(self, folder: Path) -> bool:
        """Writes the state before and after one inner loop, for another program to do it again. False where it cannot be
        had: with one inner loop per outer iteration the state never says which network is in use."""
        loop = self.loop
        if loop.config.inner == 1:
            return False
        if loop.outer_ended:
            self._one()
        loop.refresh()
        save_file(loop.state(), folder / "before.safetensors")
        loop.advance()
        save_file({"images": loop.state()["images"]}, folder / "after.safetensors")
        return True

    def _one(self) -> dict[str, float]:
        loop = self.loop
        if loop.step and loop.outer_ended:
            list(loop.fresh_network())
        finish(self.device)
        loop.clock.lap(1)
        measured, picked = loop.refresh()
        before = self._spent()
        loop.advance()
        spent = self._spent()
        del spent["cluster"]  # the clock names every part in every lap; here it says that there was something to pick
        if picked:
            spent["cluster"] = before["cluster"]
        if measured:
            spent["metrics"] = before["whole"] - (before["cluster"] if picked else 0.0)
        return spent

    def _spent(self) -> dict[str, float]:
        """Seconds by part since the last lap."""
        finish(self.device)
        lap = self.loop.clock.lap(1)
        whole = 1 / lap["speed"]
        parts = {
            name.partition(".")[2]: value / 100 * whole for name, value in lap.items() if name.startswith("share.")
        }
        return parts | {"whole": whole}


def main() -> None:
    made: list[Product] = []

    def start(question: dict[str, Any]) -> None:
        made.append(Product(build(question["config"])))

    serve(
        {
            "start": start,
            "block": lambda question: made[0].block(question["loops"]),
            "fresh": lambda _: made[0].fresh(),
            "check": lambda question: made[0].write_check(Path(question["folder"])),
            "memory": lambda _: memory(made[0].device),
            "machine": lambda _: machine(made[0].device, made[0].threads_at_start),
            "precision": lambda _: made[0].precision,
        }
    )


if __name__ == "__main__":
    main()

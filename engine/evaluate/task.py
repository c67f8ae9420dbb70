"""A run's images evaluated anew, as a task: what is done is kept, so that it can be stopped and go on."""

from __future__ import annotations

import json
from collections import UserDict
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import torch

from engine.config import RunConfig
from engine.cores import threads
from engine.data.dataset import Dataset
from engine.devices import resolve
from engine.errors import NotFound
from engine.evaluate.score import evaluate_synthetic
from engine.events import Progress, Report, Score
from engine.precision import use
from engine.protocols import as_asked
from engine.run_data import run_data
from engine.store import artifacts
from engine.store.workspace import RunFolder

NETWORKS = "networks.json"


class Kept(UserDict[tuple[str, int], tuple[float, ...]]):
    """Marks (engine/evaluate/score.py) of the networks that are done, in a file that is whole at any time. `step` is the inner
    loop whose images they were trained on; what the file holds of another step is left out."""

    def __init__(self, path: Path, step: int) -> None:
        super().__init__()
        self.path, self.step = path, step
        found_step, found = read_kept(path)
        if found_step == step:
            self.data = found
        self._write()

    def __setitem__(self, key: tuple[str, int], accuracies: tuple[float, ...]) -> None:
        super().__setitem__(key, accuracies)
        self._write()

    def _write(self) -> None:
        rows = [{"network": name, "repeat": n, "accuracies": list(found)} for (name, n), found in self.data.items()]
        artifacts.write_json(self.path, {"step": self.step, "networks": rows})


def read_kept(path: Path) -> tuple[int | None, dict[tuple[str, int], tuple[float, ...]]]:
    """The step and the marks that a file of `Kept` holds; None and nothing where there is no such file, or a damaged one."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        return int(value["step"]), {(r["network"], int(r["repeat"])): tuple(r["accuracies"]) for r in value["networks"]}
    except (OSError, ValueError, KeyError, TypeError):
        return None, {}


def evaluate_run(
    run_dir: Path, config: RunConfig, params: Mapping[str, Any], cache: Path, out: Path, report: Report
) -> dict[str, Any]:
    """Evaluates a run's newest images anew with other architectures, epochs or repeats, or under another protocol:
    {"step", "scores": [...]}.

    params: networks, protocol, epochs, repeats, already checked (engine/runner/kinds.py). Each network's accuracies are kept in
    `out/networks.json` once it is done, and taken from there when this is called again, with the images it began with. On the
    same machine's CPU the result is the same bits as of an evaluation in one go. Raises NotFound without images.
    """
    config = as_asked(config, params)
    step = step_to_evaluate(run_dir, read_kept(out / NETWORKS)[0])
    data = prepared(config, cache, report)
    kept = Kept(out / NETWORKS, step)
    scores: tuple[Score, ...] = ()
    events = evaluate_synthetic(config, data, images_at(run_dir, step, data), step, "distilled", kept)
    with closing(cast("Any", events)):
        for event in events:
            if isinstance(event, Progress):
                report(event)
            else:
                scores = event.scores
    return {"step": step, "scores": [score.to_dict() for score in scores]}


def prepared(config: RunConfig, cache: Path, report: Report) -> Dataset:
    """The run's data on its device, in a process that computes as the run does: same threads, same arithmetic."""
    device = resolve(config.device)
    torch.set_num_threads(threads(config))
    use(config.precision)
    return run_data(config, cache, report).to(device)


def step_to_evaluate(run_dir: Path, begun: int | None = None) -> int:
    """The step of the run's newest images, or `begun` while they are still there. Raises NotFound without images."""
    steps = artifacts.steps(run_dir / "snapshots")
    if not steps:
        raise NotFound("This run has no images yet; wait for its first snapshot, then evaluate it.")
    return begun if begun in steps else steps[-1]


def images_at(run_dir: Path, step: int, data: Dataset) -> torch.Tensor:
    """The stored set after `step` inner loops, [K*ipc, C, H, H], on the data's device. Raises NotFound, Damaged."""
    return torch.from_numpy(artifacts.read_snapshot(RunFolder(run_dir), step)).to(data.device)

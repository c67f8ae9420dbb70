"""What a score is measured against: random real images at the same ipc, and the whole training set. Same protocol, cached."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine.config import RunConfig
from engine.data.dataset import Dataset
from engine.evaluate import TrainingSet, evaluate, evaluation_architectures, protocol
from engine.events import Evaluated, Progress, Score
from engine.streams import generator


def random_selection(config: RunConfig, data: Dataset, cache: Path, step: int) -> Iterator[Progress | Evaluated]:
    """`ipc` real images per class, drawn anew for every network (METHODS B1)."""

    def draw(repeat: int) -> tuple[Tensor, Tensor]:
        draws = generator(config.seed, "random selection", repeat)
        picks = [m[torch.randperm(len(m), generator=draws)[: config.ipc].to(m.device)] for m in data.members]
        positions = torch.cat(picks)
        return data.train_images[positions], data.train_labels[positions]

    key = {"ipc": config.ipc, "seed": config.seed}
    yield from _cached("random", "random real images", draw, key, config.eval_epochs, config, data, cache, step)


def full_data(config: RunConfig, data: Dataset, cache: Path, step: int) -> Iterator[Progress | Evaluated]:
    """The whole training set, for `full_epochs`. It does not depend on the run's seed, so that seeds share it."""
    pair = data.train_images, data.train_labels
    yield from _cached("full", "the full data", lambda _: pair, {}, config.full_epochs, config, data, cache, step)


def _cached(what: str, title: str, training_set: TrainingSet, key: dict[str, Any], epochs: int,
            config: RunConfig, data: Dataset, cache: Path, step: int) -> Iterator[Progress | Evaluated]:  # noqa: PLR0913
    how, architectures = protocol(config, epochs), evaluation_architectures(config, data)
    seed = key.get("seed", 0)
    path = _path(cache, key | {"what": what, "protocol": asdict(how), "architectures": architectures,
                               "repeats": config.eval_repeats, "data": data.fingerprint, "device": data.device.type})  # fmt: skip
    scores = _read(path)
    if scores is None:
        for item in evaluate(title, training_set, data, architectures, how, config.eval_repeats, seed):
            if isinstance(item, Progress):
                yield item
            else:
                scores = item
        assert scores is not None, "an evaluation ends with its scores"
        _write(path, scores)
    yield Evaluated(step, what, scores)


def _path(cache: Path, key: dict[str, Any]) -> Path:
    return cache / "baselines" / f"{hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()}.json"


def _read(path: Path) -> tuple[Score, ...] | None:
    try:
        return tuple(Score.from_dict(value) for value in json.loads(path.read_text()))
    except (OSError, ValueError, KeyError, TypeError):
        return None  # absent or damaged: measured again


def _write(path: Path, scores: tuple[Score, ...]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_text(json.dumps([score.to_dict() for score in scores]))
    part.replace(path)

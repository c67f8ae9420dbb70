"""What a score is measured against: random real images at the same ipc, and the whole training set. Same protocol, cached."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from engine.config import RunConfig
from engine.data.dataset import Dataset
from engine.evaluate import Exam, TrainingSet, evaluate, evaluation_architectures
from engine.events import Evaluated, Progress, Score
from engine.protocols import protocol
from engine.store import artifacts
from engine.streams import generator


class Baseline(NamedTuple):
    """What networks are trained on instead of S, and what besides the protocol decides the result (`key`, JSON)."""

    what: str
    title: str
    training_set: TrainingSet
    epochs: int
    seed: int
    key: dict[str, Any]


def random_selection(config: RunConfig, data: Dataset, cache: Path) -> Iterator[Progress | Evaluated]:
    """`ipc` real images per class, drawn anew for every network (METHODS B1)."""

    key = {"ipc": config.ipc, "seed": config.seed}
    baseline = Baseline(
        "random", "random real images", partial(random_images, config, data), config.eval_epochs, config.seed, key
    )
    yield from _measured(baseline, config, data, cache)


def random_images(config: RunConfig, data: Dataset, repeat: int) -> tuple[Tensor, Tensor]:
    """`ipc` real images per class, fewer where a class has fewer, and their labels: uint8 [n, C, H, H], int64 [n]."""
    draws = generator(config.seed, "random selection", repeat)
    picks = [m[torch.randperm(len(m), generator=draws)[: config.ipc].to(m.device)] for m in data.members]
    positions = torch.cat(picks)
    return data.train_images[positions], data.train_labels[positions]


def full_data(config: RunConfig, data: Dataset, cache: Path) -> Iterator[Progress | Evaluated]:
    """The whole training set, for `full_epochs`. It does not depend on the run's seed, so that seeds share it."""
    pair = data.train_images, data.train_labels
    baseline = Baseline("full", "the full data", lambda _repeat: pair, config.full_epochs, 0, {})
    yield from _measured(baseline, config, data, cache)


def _measured(baseline: Baseline, config: RunConfig, data: Dataset, cache: Path) -> Iterator[Progress | Evaluated]:
    how, architectures = protocol(config, baseline.epochs), evaluation_architectures(config, data)
    path = _path(cache, baseline.key | {"what": baseline.what, "protocol": how.to_dict(), "architectures": architectures,
                                        "repeats": config.eval_repeats, "data": data.fingerprint, "device": data.device.type})  # fmt: skip
    scores = _read(path)
    if scores is None:
        exam = Exam(baseline.title, baseline.training_set, architectures, how, config.eval_repeats, baseline.seed)
        for item in evaluate(exam, data):
            if isinstance(item, Progress):
                yield item
            else:
                scores = item
        assert scores is not None, "an evaluation ends with its scores"
        _write(path, scores)
    yield Evaluated(config.total_steps, baseline.what, scores)


def _path(cache: Path, key: dict[str, Any]) -> Path:
    return cache / "baselines" / f"{hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()}.json"


def _read(path: Path) -> tuple[Score, ...] | None:
    try:
        return tuple(Score.from_dict(value) for value in json.loads(path.read_text()))
    except (OSError, ValueError, KeyError, TypeError):
        return None  # absent or damaged: measured again


def _write(path: Path, scores: tuple[Score, ...]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    artifacts.write_json(path, [score.to_dict() for score in scores])

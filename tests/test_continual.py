"""Class-incremental runs: which classes arrive when, what the memory holds, and that they resume bit for bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from engine.config import RunConfig
from engine.data.dataset import Dataset
from engine.distill.continual import UNSEEN, class_groups, continual, only
from engine.events import SEEN, Checkpoint, Done, Evaluated, Metrics, Progress, Snapshot, State
from tests.small import small_config, small_data


def run(config: RunConfig, data: Dataset, cache: Path, resume: State | None = None) -> list[Any]:
    kept: list[Any] = []
    for event in continual(config, data, cache, resume):
        match event:
            case Snapshot(step, images):
                kept.append(("snapshot", step, images.clone()))
            case Checkpoint(step, state):
                kept.append(("state", step, state()))
            case Metrics(step, values):
                kept.append(("values", step, {k: v for k, v in values.items() if k.startswith(("loss", "acc", "mmd"))}))
            case Progress():
                pass
            case _:
                kept.append(event)
    return kept


def test_every_class_arrives_once_in_an_order_of_the_seed() -> None:
    for seed in range(3):
        groups = class_groups(10, 3, seed)
        assert sorted(torch.cat(groups).tolist()) == list(range(10)) and [len(g) for g in groups] == [4, 3, 3]
    assert torch.cat(class_groups(100, 5, 0)).tolist() != torch.cat(class_groups(100, 5, 1)).tolist()


def test_a_part_of_the_data_has_these_classes_only() -> None:
    data = small_data(classes=4)
    part = only(data, torch.tensor([1, 3]))
    assert part.classes == (data.classes[1], data.classes[3]) and part.num_train == 24
    assert torch.equal(part.train_images[part.train_labels == 1], data.train_images[data.train_labels == 3])
    assert torch.equal(part.test_images[part.test_labels == 0], data.test_images[data.test_labels == 1])
    assert part.fingerprint != data.fingerprint != only(data, torch.tensor([1, 2])).fingerprint


CHANGES = [
    {"recipe": "dream+", "outer": 1},
    {"recipe": "dc", "outer": 1, "factor": 1},
    {"recipe": "herding", "outer": 0},
]


@pytest.mark.parametrize("changes", CHANGES, ids=lambda c: c["recipe"])
def test_the_memory_grows_and_its_accuracy_is_measured_after_each_step(changes: dict[str, Any], tmp_path: Path) -> None:
    config, data = small_config(increments=3, **changes), small_data()
    events = run(config, data, tmp_path)
    length, groups = config.total_steps // 3, class_groups(3, 3, config.seed)
    seen = [e for e in events if isinstance(e, tuple) and e[0] == "values" and "accuracy.seen" in e[2]]
    assert [step for _, step, _ in seen] == [length, 2 * length, 3 * length]
    pictures = {e[1]: e[2] for e in events if isinstance(e, tuple) and e[0] == "snapshot"}
    grey = [label for label in range(3) if bool((pictures[0][label] == UNSEEN).all())]
    assert set(grey) == {int(label) for group in groups[1:] for label in group}
    assert not any(bool((image == UNSEEN).all()) for image in pictures[max(pictures)])
    scored = {e.what: e.scores for e in events if isinstance(e, Evaluated)}
    assert (
        list(scored) == [f"{SEEN}1", f"{SEEN}2", f"{SEEN}3", "distilled"] and scored["distilled"] == scored[f"{SEEN}3"]
    )
    assert [values["accuracy.seen"] for _, _, values in seen] == [
        scored[f"{SEEN}{count}"][0].mean for count in (1, 2, 3)
    ]
    assert isinstance(events[-1], Done)


def test_a_resumed_run_has_the_bits_of_the_unbroken_one(tmp_path: Path) -> None:
    config, data = (
        small_config(increments=3, outer=1, inner=2, interval=1, eval_epochs=1, eval_repeats=1, recipe="dream+"),
        small_data(),
    )
    whole = run(config, data, tmp_path)
    states = [(i, e[2]) for i, e in enumerate(whole) if isinstance(e, tuple) and e[0] == "state"]
    assert [int(state["step"]) for _, state in states] == list(range(1, 7))
    for at, state in states:
        tail = run(config, data, tmp_path, {name: value.clone() for name, value in state.items()})
        assert len(tail) == len(whole) - at - 1
        assert all(same(a, b) for a, b in zip(whole[at + 1 :], tail, strict=True))


def same(a: Any, b: Any) -> bool:
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    return bool(a == b)

"""The task "story": real images, and one class with both kinds of batch."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from engine.data.dataset import Dataset
from engine.errors import BadData
from engine.metrics.mmd import ClassKernel
from engine.runner.kinds import KINDS, Job
from engine.sampling import story as module
from engine.sampling.story import evenly
from engine.sampling.study import run_network
from engine.training import embed
from tests.small import small_config, small_data


def told(monkeypatch: pytest.MonkeyPatch, out: Path, data: Dataset, **changes: Any) -> dict[str, Any]:
    """Done the way the lab does it, with the run's own parameters."""
    monkeypatch.setattr(module, "run_data", lambda *_: data)
    config, kind = small_config(**changes), KINDS["story"]
    params = {name: param.default(config) for name, param in kind.params.items()}
    return kind.work(Job(out, config, params, out, out, lambda _: None))


def test_the_batches_are_of_the_class_and_their_mmd_is_what_it_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    data = small_data(classes=3, per_class=20)
    found = told(monkeypatch, tmp_path, data, clusters=5, per_cluster=2)
    file = load_file(tmp_path / "story.safetensors")
    label = data.classes.index(found["class"])
    images = data.train_images[data.members[label]]
    network, words, step = run_network(tmp_path, small_config(), data)
    features = embed(network, images, data.normalise)
    for name in ("representative", "random"):
        batch = file[name]
        positions = [int((images == image).flatten(1).all(1).nonzero()[0]) for image in batch]
        assert len(set(positions)) == len(batch) == found["batch"] == 10
        assert found["mmd"][name] == pytest.approx(float(ClassKernel(features).mmd(features[positions])), rel=1e-4)
    assert (found["train"], found["classes"], found["count"]) == (60, 3, 20)
    assert (found["features"], found["step"]) == (words, step)


def test_the_class_is_the_one_with_the_median_gap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    gaps = [0.3, -0.1, 0.2, 0.5, 0.1]
    pick = torch.arange(2)
    monkeypatch.setattr(
        module, "_pair", lambda data, label, *_: module.Pair(label, pick, pick + 1, 1.0, 1.0 + gaps[label])
    )
    found = told(monkeypatch, tmp_path, small_data(classes=5))
    assert found["class"] == "class 2" and (found["nearer"], found["compared"]) == (4, 5)
    assert found["mmd"] == {"representative": 1.0, "random": 1.2}


def test_real_images_come_from_evenly_chosen_classes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    data = small_data(classes=23, per_class=7, side=23)
    found = told(monkeypatch, tmp_path, data, clusters=3, side=23)
    real = load_file(tmp_path / "story.safetensors")["real"]
    assert found["labels"] == evenly(23, 10) and found["names"] == [data.classes[c] for c in found["labels"]]
    assert real.shape == (10, 7, 1, 23, 23)
    for label, images in zip(found["labels"], real, strict=True):
        assert torch.equal(images, data.train_images[data.members[label]])


def test_batches_shrink_to_the_class(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = told(monkeypatch, tmp_path, small_data(per_class=5), clusters=128, per_cluster=2)
    assert found["batch"] == 4


def test_single_images_cannot_be_compared(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(BadData, match="single image"):
        told(monkeypatch, tmp_path, small_data(per_class=1))


@pytest.mark.parametrize(("count", "most"), [(1, 10), (10, 10), (11, 10), (1000, 10), (7, 3)])
def test_evenly(count: int, most: int) -> None:
    found = evenly(count, most)
    assert len(found) == min(count, most) and found[0] == 0 and found[-1] < count
    gaps = {b - a for a, b in pairwise(found)}
    assert len(gaps) <= 2 and all(gap > 0 for gap in gaps)

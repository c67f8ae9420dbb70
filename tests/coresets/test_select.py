"""Selection for a whole dataset: images of the right class, chosen by the network that is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from engine import coresets as module
from engine import reference
from engine.coresets import CORESETS, select
from engine.coresets.dynamics import training_dynamics
from engine.coresets.forgetting import forgetting_counts
from engine.coresets.herding import herding
from engine.errors import BadConfig
from engine.events import Progress
from engine.nets import Network
from engine.reference import reference_network
from tests.small import small_config, small_data


def last(items: Iterable[Progress | list[Tensor]]) -> list[Tensor]:
    *progress, found = items
    assert isinstance(found, list) and all(isinstance(item, Progress) for item in progress)
    return found


@pytest.mark.parametrize("count", [1, 5, 12])
@pytest.mark.parametrize("name", CORESETS)
def test_picks_are_distinct_images_of_their_class(name: str, count: int, tmp_path: Path) -> None:
    data = small_data()
    found = last(select(name, count, small_config(), data, tmp_path, seed=4))
    assert len(found) == data.num_classes
    for label, positions in enumerate(found):
        assert positions.dtype == torch.int64 and positions.shape == (count,)
        assert len(set(positions.tolist())) == count and (data.train_labels[positions] == label).all()
    again = last(select(name, count, small_config(), data, tmp_path, seed=4))
    assert all(torch.equal(a, b) for a, b in zip(found, again, strict=True))


@pytest.mark.parametrize("norm", ["instance", "batch"])
def test_features_are_the_trained_network_s(norm: str, tmp_path: Path) -> None:
    """Recomputed plainly, one image at a time: nothing depends on what an image is looked at with."""
    config, data = small_config(norm=norm), small_data()
    *_, network = reference_network(config, data, tmp_path)
    assert isinstance(network, Network)
    for members, positions in zip(data.members, last(select("herding", 3, config, data, tmp_path, 0)), strict=True):
        with torch.no_grad():
            images = data.normalise(data.train_images[members])
            features = torch.cat([network.eval().features(image.unsqueeze(0)) for image in images])
        assert torch.equal(positions, members[herding(features, 3, torch.Generator())])


def test_the_network_is_trained_even_where_the_run_asks_for_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, data = small_config(reference_epochs=0), small_data()
    first = last(select("medoids", 2, config, data, tmp_path, 0))
    asked = replace(config, reference_epochs=reference.EPOCHS)
    (file,) = (tmp_path / "reference").iterdir()
    assert all(
        torch.equal(a, b) for a, b in zip(first, last(select("medoids", 2, asked, data, tmp_path, 0)), strict=True)
    )
    assert [file] == list((tmp_path / "reference").iterdir())


def test_forgetting_takes_the_most_and_the_least_forgotten(tmp_path: Path) -> None:
    config, data = small_config(), small_data()
    *_, dynamics = training_dynamics(config, data, tmp_path)
    assert not isinstance(dynamics, Progress)
    counts = forgetting_counts(dynamics.correct)
    for name, descending in (("forgetting", True), ("least-forgotten", False)):
        for members, positions in zip(data.members, last(select(name, 4, config, data, tmp_path, 1)), strict=True):
            assert counts[positions].tolist() == counts[members].sort(descending=descending).values[:4].tolist()


def test_a_seed_draws_anew_among_equals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "forgetting_counts", lambda correct: torch.zeros(correct.shape[1], dtype=torch.int64))
    config, data = small_config(), small_data()
    picks = {
        torch.cat(last(select("forgetting", 4, config, data, tmp_path, seed))).numpy().tobytes() for seed in range(3)
    }
    assert len(picks) == 3


def test_what_cannot_be_picked_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="smallest has 12") as caught:
        last(select("herding", 13, small_config(), small_data(), tmp_path, 0))
    assert list(caught.value.problems) == ["ipc"]
    with pytest.raises(BadConfig, match="Did you mean 'herding'"):
        last(select("hording", 1, small_config(), small_data(), tmp_path, 0))

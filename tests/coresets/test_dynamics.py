"""The recording of a training: what it holds is what the network says, and it is made once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from engine.config import RunConfig
from engine.coresets import dynamics as module
from engine.coresets.dynamics import Dynamics, training_dynamics
from engine.data.dataset import Dataset
from engine.data.load import load
from engine.events import Progress
from engine.nets import Architecture, Network, build_network
from tests.small import small_config, small_data

EPOCHS = 3


def last(items: Iterable[Progress | Dynamics]) -> Dynamics:
    *progress, found = items
    assert isinstance(found, Dynamics) and all(isinstance(item, Progress) for item in progress)
    return found


def equal(one: Dynamics, other: Dynamics) -> bool:
    return all(torch.equal(a, b) and a.dtype == b.dtype for a, b in zip(one, other, strict=True))


@pytest.fixture
def no_training(monkeypatch: pytest.MonkeyPatch) -> None:
    def trained(*_: object) -> None:
        raise AssertionError("a network was trained")

    monkeypatch.setattr(module, "train_epoch", trained)


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunConfig, Dataset, Dynamics, Network]:
    """Three epochs on the real digits, and the network as it was at the end."""
    config, cache = small_config(clusters=2), tmp_path_factory.mktemp("cache")
    data, built = load(config, cache), list[Network]()

    def build(arch: Architecture, seed: int) -> Network:
        built.append(build_network(arch, seed))
        return built[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "build_network", build)
        return config, data, last(training_dynamics(config, data, cache, EPOCHS)), built[0]


def test_each_epoch_tells_of_each_image(digits: tuple[RunConfig, Dataset, Dynamics, Network]) -> None:
    _, data, found, _ = digits
    assert all(values.shape == (EPOCHS, data.num_train) for values in found)
    assert [values.dtype for values in found] == [torch.float32, torch.bool, torch.float32]
    assert found.probability.min() >= 0 and found.probability.max() <= 1
    assert found.error.min() >= 0 and found.error.max() <= 2**0.5 + 1e-6


def test_the_last_epoch_is_what_the_network_says(digits: tuple[RunConfig, Dataset, Dynamics, Network]) -> None:
    """Against its plain forward pass, in float64."""
    _, data, found, network = digits
    with torch.no_grad():
        logits: Tensor = network.double().eval()(data.normalise(data.train_images).double())
    softmax, labels = logits.softmax(1), data.train_labels
    onehot = torch.eye(data.num_classes, dtype=torch.float64)[labels]
    torch.testing.assert_close(found.probability[-1].double(), (softmax * onehot).sum(1), atol=1e-4, rtol=0)
    torch.testing.assert_close(found.error[-1].double(), (softmax - onehot).square().sum(1).sqrt(), atol=1e-4, rtol=0)
    top = softmax.topk(2).values
    clear = top[:, 0] - top[:, 1] > 1e-3
    assert clear.float().mean() > 0.9
    assert torch.equal(found.correct[-1][clear], (logits.argmax(1) == labels)[clear])


def test_the_network_learns(digits: tuple[RunConfig, Dataset, Dynamics, Network]) -> None:
    found = digits[2]
    assert (found.probability.mean(1).diff() > 0).all() and (found.error.mean(1).diff() < 0).all()
    assert found.correct[-1].float().mean() > 0.3  # chance is a tenth


def test_progress_runs_from_the_first_step_to_the_last(tmp_path: Path) -> None:
    steps = [
        item for item in training_dynamics(small_config(), small_data(), tmp_path, 4) if isinstance(item, Progress)
    ]
    assert [step.done for step in steps] == list(range(1, steps[-1].total + 1))


def test_it_is_recorded_once_whatever_seed_and_recipe(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    config, data = small_config(), small_data()
    first = last(training_dynamics(config, data, tmp_path, EPOCHS))
    request.getfixturevalue("no_training")
    other = replace(config, seed=9, batch_real=4, net_lr=0.5, net_augment="", net_cutmix=0.0)
    assert equal(last(training_dynamics(other, data, tmp_path, EPOCHS)), first)
    for changed, what, epochs in (
        (replace(config, precision="float32"), data, EPOCHS),
        (replace(config, width=4), data, EPOCHS),
        (config, replace(data, fingerprint="other"), EPOCHS),
        (config, data, EPOCHS + 1),
    ):
        with pytest.raises(AssertionError, match="trained"):
            last(training_dynamics(changed, what, tmp_path, epochs))


@pytest.mark.parametrize("damage", ["text", "cut", "names", "shape"])
def test_a_damaged_recording_is_made_again(tmp_path: Path, damage: str) -> None:
    config, data = small_config(), small_data()
    first = last(training_dynamics(config, data, tmp_path, EPOCHS))
    (file,) = (tmp_path / "dynamics").iterdir()
    whole = file.read_bytes()
    tensors = {
        "names": {"probability": first.probability},
        "shape": {name: values[:1].contiguous() for name, values in first._asdict().items()},
    }
    if damage in tensors:
        save_file(tensors[damage], file)
    else:
        file.write_bytes(b"damaged" if damage == "text" else whole[:-5])
    assert equal(last(training_dynamics(config, data, tmp_path, EPOCHS)), first)
    assert equal(Dynamics(**load_file(file)), first)


def test_a_recording_that_is_left_leaves_no_file(tmp_path: Path) -> None:
    recording = training_dynamics(small_config(), small_data(), tmp_path, EPOCHS)
    assert isinstance(next(recording), Progress)
    recording.close()  # type: ignore[attr-defined]
    assert not list(tmp_path.rglob("*.*"))


def test_parts_do_not_change_what_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Batch norm would tell, were the network looked at in training mode."""
    config, data = small_config(norm="batch"), small_data()
    whole = last(training_dynamics(config, data, tmp_path / "whole", EPOCHS))
    monkeypatch.setattr(module, "PASS", 7)
    parts = last(training_dynamics(config, data, tmp_path / "parts", EPOCHS))
    torch.testing.assert_close(parts.probability, whole.probability, atol=1e-5, rtol=0)

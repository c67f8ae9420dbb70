"""How sure one network is of each training image, epoch by epoch: what forgetting and pruning read (METHODS B4, B6)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from engine.config import RunConfig
from engine.data.dataset import Dataset
from engine.evaluate import architecture
from engine.events import Progress
from engine.nets import Architecture, Network, build_network
from engine.store import artifacts
from engine.streams import derive_seed, generator
from engine.training import Regularisation, Student, embed, train_epoch

EPOCHS = 30  # METHODS B6: 30 to 60 for pruning; ten and more rank well enough for forgetting (B4)

# The network learns in one way whatever the recipe, so that all runs on the same data share the recording. Rate and batch are
# those of the evaluation protocol. Plain images and labels: CutMix would ask the network for mixed classes, and its probability
# of the true one would tell of that rather than of the image.
LR, BATCH, PLAIN = 0.01, 64, Regularisation("", 0.0)
PASS = 2048  # images looked at between two reports
PHASE = "recording what a network learns and forgets"


class Dynamics(NamedTuple):
    """What a network made of each of the N training images after each of E epochs; each tensor is [E, N]."""

    probability: Tensor  # float32 in [0, 1]: softmax probability of the true class
    correct: Tensor  # bool: the true class is the most probable
    error: Tensor  # float32 in [0, sqrt(2)]: |softmax - one-hot label|_2, whose mean is EL2N (Paul et al., 2021)


def training_dynamics(
    config: RunConfig, data: Dataset, cache: Path, epochs: int = EPOCHS
) -> Iterator[Progress | Dynamics]:
    """Trains one network on the training set for `epochs` >= 1, or takes what was recorded from `cache`; yields progress and,
    last, the dynamics, on the data's device.

    All images are looked at after each epoch, by the same weights and as they are. (Toneva et al., 2019, look at each image
    when it is trained on, which costs nothing but mixes the weights of a whole epoch.) The result depends on the data, the
    architecture and the arithmetic, not on the run's seed or recipe, so that runs can be compared.
    """
    arch = architecture(config, data, config.network, config.norm)
    path = _path(cache, arch, config.precision, data, epochs)
    found = _read(path, data, epochs)
    if found is None:
        for item in _recorded(arch, config.precision, data, epochs):
            if isinstance(item, Progress):
                yield item
            else:
                found = item
        assert found is not None, "a recording ends with its dynamics"
        _write(path, found)
    yield found


def _recorded(arch: Architecture, precision: str, data: Dataset, epochs: int) -> Iterator[Progress | Dynamics]:
    network = build_network(arch, derive_seed(0, "dynamics network")).to(data.device)
    student, draws = Student(network, LR, data.side, precision), generator(0, "dynamics draws")
    parts = torch.arange(data.num_train, device=data.device).split(PASS)
    total = epochs * (-(-data.num_train // BATCH) + len(parts))
    done, seen = 0, []
    for _ in range(epochs):
        for _ in train_epoch(student, data, BATCH, PLAIN, draws):
            done += 1
            yield Progress(PHASE, done, total)
        for part in parts:
            seen.append(_look(network, data, part))
            done += 1
            yield Progress(PHASE, done, total)
    yield Dynamics(*(torch.cat(values).unflatten(0, (epochs, -1)) for values in zip(*seen, strict=True)))


@torch.no_grad()
def _look(network: Network, data: Dataset, positions: Tensor) -> Dynamics:
    """The network's view of some training images: each tensor is [n]. Leaves the network in training mode."""
    labels = data.train_labels[positions].unsqueeze(1)
    network.eval()
    logits = network.classifier(embed(network, data.train_images[positions], data.normalise))
    network.train()
    softmax = F.softmax(logits.float(), 1)
    probability = softmax.gather(1, labels)
    error = torch.linalg.vector_norm(softmax.scatter_add(1, labels, -torch.ones_like(probability)), dim=1)
    return Dynamics(probability.squeeze(1), logits.argmax(1) == labels.squeeze(1), error)


def _path(cache: Path, arch: Architecture, precision: str, data: Dataset, epochs: int) -> Path:
    how = {"arch": arch, "epochs": epochs, "lr": LR, "batch": BATCH, "augment": PLAIN.augment, "cutmix": PLAIN.cutmix,
           "precision": precision, "data": data.fingerprint}  # fmt: skip
    return cache / "dynamics" / f"{hashlib.sha256(json.dumps(how).encode()).hexdigest()}.safetensors"


def _read(path: Path, data: Dataset, epochs: int) -> Dynamics | None:
    """None: absent or damaged, to be recorded (again)."""
    try:
        stored = load_file(path, device=str(data.device))
        found = Dynamics(**{name: stored[name] for name in Dynamics._fields})
    except (SafetensorError, OSError, KeyError):
        return None
    return found if all(values.shape == (epochs, data.num_train) for values in found) else None


def _write(path: Path, found: Dynamics) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with artifacts.whole(path) as part:
        save_file({name: values.contiguous() for name, values in found._asdict().items()}, part)

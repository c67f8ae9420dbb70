"""The fixed network trained on real data that feature migration is measured with (METHODS A6.1)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from engine.config import RunConfig
from engine.data.dataset import Dataset
from engine.evaluate import architecture
from engine.events import Progress
from engine.nets import Network, build_network
from engine.store import artifacts
from engine.streams import derive_seed, generator
from engine.training import Regularisation, Student, train_epoch

EPOCHS = 10  # of a network that must know the data, where the run itself asks for none


def reference_network(config: RunConfig, data: Dataset, cache: Path) -> Iterator[Progress | Network]:
    """Trains the network, or takes it from `cache`; yields progress and, last, the network.

    It depends on the data and the architecture only, not on the run's seed, so that runs can be compared; and once there is one it
    serves on every device, so that whoever looks at a GPU's run on a CPU sees by the same network.
    """
    arch = architecture(config, data, config.network, config.norm)
    network = build_network(arch, derive_seed(0, "reference network")).to(data.device)
    how = {"arch": arch, "epochs": config.reference_epochs, "lr": config.net_lr, "augment": config.net_augment,
           "cutmix": config.net_cutmix, "batch": config.batch_real, "data": data.fingerprint}  # fmt: skip
    path = cache / "reference" / f"{hashlib.sha256(json.dumps(how).encode()).hexdigest()}.safetensors"
    if path.exists():
        try:
            network.load_state_dict(load_file(path, device=str(data.device)))
            yield network
            return
        except torch.OutOfMemoryError:
            raise
        except (SafetensorError, RuntimeError, OSError):
            path.unlink(missing_ok=True)  # a damaged copy is made again
    yield from _train(network, config, data)
    path.parent.mkdir(parents=True, exist_ok=True)
    with artifacts.whole(path) as part:
        save_file({name: value.contiguous() for name, value in network.state_dict().items()}, part)
    yield network


def trained_network(config: RunConfig, data: Dataset, cache: Path) -> Iterator[Progress | Network]:
    """The reference network as one that knows the data, also where the run asks for an untrained one: yields progress and, last, the
    network in evaluation mode."""
    how = config if config.reference_epochs else replace(config, reference_epochs=EPOCHS)
    for item in reference_network(how, data, cache):
        yield item if isinstance(item, Progress) else item.eval()


def _train(network: Network, config: RunConfig, data: Dataset) -> Iterator[Progress]:
    student, draws = Student(network, config.net_lr, data.side), generator(0, "reference draws")
    how = Regularisation(config.net_augment, config.net_cutmix)
    steps = -(-data.num_train // config.batch_real)
    for epoch in range(config.reference_epochs):
        for done in train_epoch(student, data, config.batch_real, how, draws):
            yield Progress("training a network on the real data", epoch * steps + done, config.reference_epochs * steps)

"""The real images that each class is matched against, and what is measured of them: both need all features of a class."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext

import torch
from torch import Tensor

from engine.clock import Clock
from engine.config import RunConfig
from engine.cores import cores
from engine.data.dataset import Dataset
from engine.events import State
from engine.metrics.gradients import gradient_norms
from engine.metrics.measure import Measurement
from engine.nets import Network
from engine.sampling import SAMPLERS, official
from engine.sampling.kmeans import representatives
from engine.streams import Permutations, Streams, below, under
from engine.training import embed

GRADIENT_IMAGES = 8  # of each class, whose own gradients are taken when the others are measured
FEATURE_BYTES = 10**9  # of classes looked at together on a GPU


class RealBatches:
    """`picks`: per class, the positions of its real batch in the training set; empty while batches are random."""

    def __init__(self, config: RunConfig, data: Dataset, streams: Streams, clock: Clock) -> None:
        self.config, self.data, self.streams, self.clock = config, data, streams, clock
        self.picks: list[Tensor] = []
        self.raw = config.embedding == "raw"
        self.random = [
            Permutations(len(members), config.batch_real, streams[f"real {label}"])
            for label, members in enumerate(data.members)
        ]

    def positions(self, label: int) -> Tensor:
        """The class's batch for this inner loop: int64 [B], positions in the training set."""
        if self.picks:
            return self.picks[label]
        members = self.data.members[label]
        return members[self.random[label].next().to(members.device, non_blocking=True)]

    def refresh(
        self, step: int, network: Network, synthetic: Callable[[int], Tensor]
    ) -> tuple[dict[str, float], list[tuple[int, Tensor]]]:
        """Before an inner loop: new picks and the measurements, where due. synthetic(label): features of the decoded S.

        Returns the measured values and, per class, the new picks (positions in the training set); both may be empty.
        """
        config = self.config
        pick = config.sampler != "random" and step % config.inner % config.interval == 0
        measure = step % config.metrics_every == 0
        if not (pick or measure):
            return {}, []
        picked: list[tuple[int, Tensor]] = []
        measurement = Measurement()
        for labels in self._looked_at_together(network):
            with self.clock.time("cluster") if pick else nullcontext():  # what is only measured is no cost of picking
                features = [self.features(network, label) for label in labels]
                if pick:
                    chosen = zip(labels, self._chosen(features), strict=True)
                    picked += [(label, self.data.members[label][one]) for label, one in chosen]
            for label, seen in zip(labels, features, strict=True) if measure else ():
                own = self._normalised(network, label) if self.raw else seen  # as those of S are, whatever picking sees
                in_use = picked[label][1] if pick else self.picks[label] if self.picks else None
                measurement.add(*self._batches_to_compare(label, own, in_use), synthetic(label))
        if pick:
            self.picks = [positions for _, positions in picked]
        return measurement.values() | (self._gradient_norm(network) if measure else {}), picked

    def features(self, network: Network, label: int) -> Tensor:
        """What picking sees of all real images of a class: [n, d]. Of normalised pixels, unless asked for as the released code of
        DREAM has it."""
        return self._embedded(network, label, _in_unit_range) if self.raw else self._normalised(network, label)

    def state(self) -> State:
        """What the next batches depend on."""
        state: State = {}
        for label, batches in enumerate(self.random):
            state |= under(f"{label}", batches.state())
        return state

    def load(self, state: State) -> None:
        """Takes up the state of `state()`."""
        for label, batches in enumerate(self.random):
            batches.load(below(f"{label}", state))

    def _normalised(self, network: Network, label: int) -> Tensor:
        return self._embedded(network, label, self.data.normalise)

    def _embedded(self, network: Network, label: int, prepare: Callable[[Tensor], Tensor]) -> Tensor:
        return embed(network, self.data.train_images[self.data.members[label]], prepare, self.config.precision)

    def _chosen(self, features: list[Tensor]) -> list[Tensor]:
        """Per class, positions among its own images."""
        config, draws = self.config, self.streams["clusters"]
        if config.sampler == "representative" and config.clustering == "distinct":
            return representatives(features, config.clusters, config.per_cluster, draws)
        pick = official if config.sampler == "representative" else SAMPLERS[config.sampler]
        return [pick(own, config.clusters, config.per_cluster, draws) for own in features]

    def _looked_at_together(self, network: Network) -> Iterator[range]:
        """Classes whose features are held at once, in order: as many as there are cores, on a GPU a gigabyte of them."""
        classes, together = self.data.num_classes, cores()
        if self.data.device.type != "cpu":
            width = network.classifier.in_features
            together = max(1, FEATURE_BYTES // (4 * width * max(map(len, self.data.members))))
        for first in range(0, classes, together):
            yield range(first, min(first + together, classes))

    def _batches_to_compare(self, label: int, features: Tensor, in_use: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Features of the class, of a representative and of a random batch of equal size. The representative one is the
        batch in use where the run has one."""
        size, draws = self.config.picks_per_class, self.streams["measurements"]
        if in_use is None or self.config.sampler != "representative":
            chosen = SAMPLERS["representative"](features, size, 1, draws)
        else:
            chosen = torch.searchsorted(self.data.members[label], in_use)
        other = SAMPLERS["random"](features, size, 1, draws)
        return features, features[chosen], features[other]

    def _gradient_norm(self, network: Network) -> dict[str, float]:
        """Mean over classes and a few images of each batch in use; of random batches, which last for one inner loop only,
        over images drawn for the purpose."""
        draws, some = self.streams["gradient norms"], []
        for label, members in enumerate(self.data.members):
            batch = self.picks[label] if self.picks else members
            some.append(batch[torch.randperm(len(batch), generator=draws)[:GRADIENT_IMAGES].to(batch.device)])
        positions = torch.cat(some)
        images, labels = self.data.normalise(self.data.train_images[positions]), self.data.train_labels[positions]
        norms = gradient_norms(network, images, labels)
        return {} if norms is None else {"gradient.norm": float(norms.mean())}


def _in_unit_range(pixels: Tensor) -> Tensor:
    return pixels.to(torch.get_default_dtype()) / 255

"""The live state of one distillation, and the three things an inner loop does: pick, match, train."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from engine.augment import draw
from engine.clock import Clock
from engine.config import RunConfig
from engine.cores import cores
from engine.data.dataset import Dataset
from engine.decode import decode, encode
from engine.devices import classes_at_once
from engine.evaluate import architecture
from engine.events import State
from engine.matching import ImageOptimiser, Matching
from engine.metrics.measure import Measurement
from engine.nets import build_network
from engine.objectives import DISTANCES, OBJECTIVES
from engine.sampling import INITS, SAMPLERS
from engine.sampling.kmeans import representatives
from engine.streams import Permutations, Streams, derive_seed
from engine.sweep import Sweep, Turn
from engine.training import Regularisation, Student, embed, train_epoch


class Loop:
    """State of a distillation between two inner loops. `step` counts inner loops done, `evaluated` is the step of the last
    evaluation (-1 = none)."""

    def __init__(self, config: RunConfig, data: Dataset) -> None:
        self.config, self.data = config, data
        self.streams = Streams(config.seed)
        self.clock = Clock(data.device)
        self.step, self.evaluated = 0, -1
        shape = (data.num_classes * config.ipc, data.channels, data.side, data.side)
        self.images = torch.empty(shape, device=data.device)
        self.anchor = self.images  # the images as they were at the last measurement of migration
        per_class = self.images.unflatten(0, (data.num_classes, config.ipc))
        self.optimiser = ImageOptimiser(per_class, config.effective_image_lr, config.image_momentum)
        self.student: Student | None = None
        self._unread_since, self._lapped = 0.0, 0
        self._unread: list[tuple[int, Tensor]] = []  # per inner loop: mean gradient and feature loss [2]
        self.picks: list[Tensor] = []  # per class: positions of its real batch in the training set
        self.real_batches = [
            Permutations(len(members), config.batch_real, self.streams[f"real {label}"])
            for label, members in enumerate(data.members)
        ]
        self.network_batches = Permutations(data.num_train, config.batch_real, self.streams["network batches"])
        matching = Matching(OBJECTIVES[config.objective], DISTANCES[config.metric], config.feature_weight)
        self.sweep = Sweep(data, matching, config.factor, classes_at_once(config, data.device))
        self.network_training = Regularisation(config.net_augment, config.net_cutmix)

    # -- the parts of a run ------------------------------------------------------------------------------------------

    def start(self) -> Iterator[tuple[int, int]]:
        """The first network and, from its features, the starting images. Yields (steps, total steps) of its warm-up."""
        yield from self.fresh_network()
        self.images.copy_(self._starting_images())
        self.anchor = self.images.clone()

    def fresh_network(self) -> Iterator[tuple[int, int]]:
        """Draws a network and trains it for `pretrain_epochs`; once an outer iteration, and so S is clamped here too."""
        config, data = self.config, self.data
        number = self.step // config.inner
        arch = architecture(config, data, config.network, config.norm)
        network = build_network(arch, derive_seed(config.seed, "network", number)).to(data.device)
        if self.student is None:
            self.student = Student(network, config.net_lr, data.side, config.precision)
        else:
            self.student.take(network)
        steps = -(-data.num_train // config.batch_real)
        for epoch in range(config.pretrain_epochs):
            epoch_steps = train_epoch(
                self.student, data, config.batch_real, self.network_training, self.streams["warm-up"]
            )
            for done in epoch_steps:
                yield epoch * steps + done, config.pretrain_epochs * steps
        if self.step:
            self.images.clamp_(0, 1)

    @property
    def outer_ended(self) -> bool:
        """Whether the next inner loop begins an outer iteration."""
        return self.step % self.config.inner == 0

    def refresh(self) -> tuple[dict[str, float], list[tuple[int, Tensor]]]:
        """Before an inner loop: new representatives and the measurements, where due. Both need the features of all images
        of a class under the current network, so they share them.

        Returns the measured values and, per class, the new picks (positions in the training set); both may be empty.
        """
        config = self.config
        pick = config.sampler == "representative" and self.step % config.inner % config.interval == 0
        measure = self.step % config.metrics_every == 0
        if not (pick or measure):
            return {}, []
        picked: list[tuple[int, Tensor]] = []
        measurement = Measurement()
        for labels in self._looked_at_together():
            with self.clock.time("cluster"):
                features = [self._class_features(label) for label in labels]
                if pick:
                    chosen = representatives(features, config.clusters, config.per_cluster, self.streams["clusters"])
                    picked += [
                        (label, self.data.members[label][one]) for label, one in zip(labels, chosen, strict=True)
                    ]
            for label, own in zip(labels, features, strict=True) if measure else ():
                measurement.add(*self._batches_to_compare(label, own, picked), self._synthetic_features(label))
        if pick:
            self.picks = [positions for _, positions in picked]
        return measurement.values(), picked

    def advance(self) -> None:
        """One inner loop: an image step for every class in turn, then the network's training. Its losses are kept on the device."""
        with self.clock.time("match"):
            losses = self._match()
        with self.clock.time("network"):
            self._train_network()
        self.step += 1
        if not self._unread:
            self._unread_since = time.monotonic()
        self._unread.append((self.step, losses))

    def seconds_unread(self) -> float:
        """How long the oldest losses have waited to be read."""
        return time.monotonic() - self._unread_since if self._unread else 0.0

    def lap(self) -> dict[str, float]:
        """The clock's reading since the last one."""
        steps, self._lapped = self.step - self._lapped, self.step
        return self.clock.lap(steps)

    def losses(self) -> list[tuple[int, dict[str, float]]]:
        """(step, losses) of the inner loops since the last call. Waits for the device."""
        read = torch.stack([losses for _, losses in self._unread]).tolist() if self._unread else []
        names = ("loss.gradient", "loss.feature")
        found = [
            (step, dict(zip(names, values, strict=True))) for (step, _), values in zip(self._unread, read, strict=True)
        ]
        self._unread.clear()
        if self.config.objective == "feature":  # no gradients are matched
            return [(step, {"loss.feature": values["loss.feature"]}) for step, values in found]
        return found

    # -- checkpoints -------------------------------------------------------------------------------------------------

    def state_getter(self) -> Callable[[], State]:
        """A function that copies the state out. It holds until the next inner loop begins; at the end of an outer iteration
        the state is copied at once, so that it holds while a fresh network is warmed up."""
        if self.outer_ended:
            state = self.state()
            return lambda: state
        return self.state

    def state(self) -> State:
        """Everything the next inner loops depend on, as named tensors on the CPU."""
        state = {"step": torch.tensor(self.step), "evaluated": torch.tensor(self.evaluated), "images": self.images,
                 "velocity": self.optimiser.velocity.flatten(0, 1), "anchor": self.anchor}  # fmt: skip
        state |= _under("stream", self.streams.state())
        state |= _under("network_batches", self.network_batches.state())
        for label, batches in enumerate(self.real_batches):
            state |= _under(f"real_batches.{label}", batches.state())
        state |= _under("network", self.student.network.state_dict()) if self.student else {}
        if not self.outer_ended and self.student:
            state |= _under("momentum", self.student.optimiser.velocity)
            state |= {f"picks.{label}": picks for label, picks in enumerate(self.picks)}
        return {name: value.detach().to("cpu", copy=True).contiguous() for name, value in state.items()}

    def load(self, state: State) -> None:
        """Takes up the state of `state()`."""
        device = self.data.device
        self.step, self.evaluated = int(state["step"]), int(state["evaluated"])
        self._lapped = self.step
        self.images.copy_(state["images"])
        self.optimiser.velocity.copy_(state["velocity"].view_as(self.optimiser.velocity))
        self.anchor = state["anchor"].to(device)
        self.streams.load(_below("stream", state))
        self.network_batches.load(_below("network_batches", state))
        for label, batches in enumerate(self.real_batches):
            batches.load(_below(f"real_batches.{label}", state))
        if self.outer_ended:  # the network in the state is kept for those who look at it; the run draws a fresh one
            return
        config, data = self.config, self.data
        network = build_network(architecture(config, data, config.network, config.norm), seed=0).to(device)
        network.load_state_dict(_below("network", state))
        self.student = Student(network, config.net_lr, data.side, config.precision)
        for name, value in _below("momentum", state).items():
            self.student.optimiser.velocity[name].copy_(value)
        picks = _below("picks", state)
        self.picks = [picks[str(label)].to(device) for label in range(len(picks))]

    # -- pieces ------------------------------------------------------------------------------------------------------

    def _starting_images(self) -> Tensor:
        config, data = self.config, self.data
        pick, draws = INITS[config.init], self.streams["init"]
        if pick is None:  # IDC's start before its real images: clamp(randn / 4 + 0.5, 0, 1)
            return (torch.randn(self.images.shape, generator=draws) / 4 + 0.5).clamp(0, 1).to(data.device)
        count = config.ipc * config.factor**2
        stored = []
        for label, members in enumerate(data.members):
            chosen = pick(self._class_features(label), count, 1, draws)
            pictures = data.train_images[members[chosen]].to(self.images.dtype) / 255
            stored.append(encode(pictures, config.factor))
        return torch.cat(stored)

    def _looked_at_together(self) -> Iterator[range]:
        """Classes whose features are held at once, in order: as many as there are cores, on a GPU a gigabyte of them."""
        classes, together = self.data.num_classes, cores()
        if self.data.device.type != "cpu":
            width = self._live_student().network.classifier.in_features
            together = max(1, 10**9 // (4 * width * max(map(len, self.data.members))))
        for first in range(0, classes, together):
            yield range(first, min(first + together, classes))

    def _class_features(self, label: int) -> Tensor:
        network, images = self._live_student().network, self.data.train_images[self.data.members[label]]
        return embed(network, images, self.data.normalise, self.config.precision)

    def _synthetic_features(self, label: int) -> Tensor:
        decoded = decode(self.optimiser.images[label].clamp(0, 1), self.config.factor)
        return embed(self._live_student().network, decoded, self.data.normalise, self.config.precision)

    def _batches_to_compare(
        self, label: int, features: Tensor, picked: list[tuple[int, Tensor]]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Features of the class, of a representative and of a random batch of equal size. The representative one is the
        batch in use where the run has one."""
        size, draws = self.config.picks_per_class, self.streams["measurements"]
        in_use = picked[label][1] if picked else self.picks[label] if self.picks else None
        if in_use is None:
            chosen = SAMPLERS["representative"](features, size, 1, draws)
        else:
            chosen = torch.searchsorted(self.data.members[label], in_use)
        other = SAMPLERS["random"](features, size, 1, draws)
        return features, features[chosen], features[other]

    def _live_student(self) -> Student:
        assert self.student is not None, "the loop asks for features only while it has a network"
        return self.student

    def _match(self) -> Tensor:
        """The image steps of all classes; returns the mean of their gradient and feature losses [2]."""
        student = self._live_student()
        turns = [self._turn(label) for label in range(self.data.num_classes)]
        gradients, terms = self.sweep.gradients(student.network, student.layers, self.optimiser.at_turn(), turns)
        self.optimiser.sweep(gradients)
        return terms.mean(0)

    def _turn(self, label: int) -> Turn:
        config, decoded = self.config, self.config.ipc * self.config.factor**2
        members = self.data.members[label]
        real = self.picks[label] if self.picks else members[self.real_batches[label].next().to(members.device)]
        shared = draw(config.augment, 1, self.data.side, self.streams["augment"])  # one draw for both batches
        subset = None
        if decoded > config.batch_syn_max:
            subset = torch.randperm(decoded, generator=self.streams["subset"])[: config.batch_syn_max]
        return Turn(label, real, shared, subset)

    def _train_network(self) -> None:
        draws, data, student = self.streams["network training"], self.data, self._live_student()
        for _ in range(-(-self.config.net_samples_per_step // self.network_batches.batch)):
            positions = self.network_batches.next().to(data.device)
            images = data.normalise(data.train_images[positions])
            student.step(images, data.train_labels[positions], self.network_training, draws)


def _under(prefix: str, tensors: dict[str, Tensor]) -> State:
    return {f"{prefix}.{name}": value for name, value in tensors.items()}


def _below(prefix: str, state: State) -> State:
    return {name[len(prefix) + 1 :]: value for name, value in state.items() if name.startswith(prefix + ".")}

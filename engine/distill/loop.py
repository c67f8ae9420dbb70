"""The live state of one distillation, and the three things an inner loop does: pick, match, train."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from engine.augment import draw
from engine.clock import Clock
from engine.config import RunConfig
from engine.data.dataset import Dataset
from engine.decode import decode
from engine.devices import classes_at_once
from engine.distill.optimisers import ImageOptimiser, JointSteps, StepPerClass
from engine.distill.real_batches import RealBatches
from engine.distill.starting import starting_images
from engine.distill.sweep import Sweep, Turn
from engine.distill.upkeep import Upkeep
from engine.evaluate import architecture
from engine.events import State
from engine.nets import Network, build_network
from engine.objectives import DISTANCES, OBJECTIVES
from engine.objectives.matching import Matching
from engine.streams import Streams, below, derive_seed, under
from engine.training import Student, embed, train_epoch


class Loop:
    """State of a distillation between two inner loops. `step` counts inner loops done, `evaluated` is the step of the last
    evaluation (-1 = none)."""

    def __init__(self, config: RunConfig, data: Dataset) -> None:
        self.config, self.data, self.host = config, data, config.framework
        self.streams = Streams(config.seed)
        self.clock = Clock(data.device)
        self.step, self.evaluated = 0, -1
        shape = (data.num_classes * config.ipc, data.channels, data.side, data.side)
        self.images = torch.empty(shape, device=data.device)
        self.anchor = self.images  # the images as they were at the last measurement of migration
        self.optimiser = self._image_optimiser()
        self.student: Student | None = None
        self._unread_since, self._lapped = 0.0, 0
        self._unread: list[tuple[int, Tensor]] = []  # per inner loop: mean gradient and feature loss [2]
        self.real = RealBatches(config, data, self.streams, self.clock)
        self.upkeep = Upkeep(config, data, self.streams)
        objective, distance = OBJECTIVES[config.objective], DISTANCES[config.metric]
        matching = Matching(objective, distance, config.feature_weight, self.host.classifier)
        self.sweep = Sweep(data, matching, config.factor, classes_at_once(config, data.device))

    # -- the parts of a run ------------------------------------------------------------------------------------------

    def start(self, chosen: Sequence[Tensor] | None = None) -> Iterator[tuple[int, int]]:
        """The first network and the starting images: `chosen`, positions in the training set per class, or as the config
        says, from that network's features. Yields (steps, total steps) of its warm-up."""
        yield from self.fresh_network()
        draws = self.streams["init"]
        self.images.copy_(starting_images(self.config, self.data, chosen, self._class_features, draws))
        self.anchor = self.shown().clone()

    def fresh_network(self) -> Iterator[tuple[int, int]]:
        """Draws a network and trains it for `pretrain_epochs`; once an outer iteration, and so S is clamped here too."""
        config, data = self.config, self.data
        number = self.step // max(config.inner, 1)
        arch = architecture(config, data, config.network, config.norm)
        network = build_network(arch, derive_seed(config.seed, "network", number)).to(data.device)
        if self.student is None:
            self.student = self._new_student(network)
        else:
            self.student.take(network)
        steps = -(-data.num_train // config.batch_real)
        for epoch in range(config.pretrain_epochs):
            draws = self.streams["warm-up"]
            with self.clock.time("warmup"):
                for done in train_epoch(self.student, data, config.batch_real, self.upkeep.how, draws):
                    yield epoch * steps + done, config.pretrain_epochs * steps
        if self.step and not self.host.normalised:
            self.images.clamp_(0, 1)

    @property
    def outer_ended(self) -> bool:
        """Whether the next inner loop begins an outer iteration."""
        return self.step % self.config.inner == 0

    def shown(self) -> Tensor:
        """The stored set as networks are evaluated on it: in [0, 1], but for hosts that keep normalised images."""
        return self.images if self.host.normalised else self.images.clamp(0, 1)

    def refresh(self) -> tuple[dict[str, float], list[tuple[int, Tensor]]]:
        """Before an inner loop: new picks and the measurements, where due. Returns the measured values and, per class, the
        new picks (positions in the training set); both may be empty."""
        return self.real.refresh(self.step, self._live_student().network, self._synthetic_features)

    def advance(self) -> None:
        """One inner loop: an image step for every class, then the network's training. Its losses are kept on the device."""
        with self.clock.time("match"):
            losses = self._match()
        with self.clock.time("network"):
            last = (self.step + 1) % self.config.inner == 0
            self.upkeep.train(self._live_student(), self.images, last)
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
        state |= under("stream", self.streams.state())
        state |= under("network_batches", self.upkeep.batches.state())
        state |= under("real_batches", self.real.state())
        state |= under("network", self.student.network.state_dict()) if self.student else {}
        if not self.outer_ended and self.student:
            state |= under("momentum", self.student.optimiser.velocity)
            state |= {f"picks.{label}": picks for label, picks in enumerate(self.real.picks)}
        return {name: value.detach().to("cpu", copy=True).contiguous() for name, value in state.items()}

    def load(self, state: State) -> None:
        """Takes up the state of `state()`."""
        device = self.data.device
        self.step, self.evaluated = int(state["step"]), int(state["evaluated"])
        self._lapped = self.step
        self.images.copy_(state["images"])
        self.optimiser.velocity.copy_(state["velocity"].view_as(self.optimiser.velocity))
        self.anchor = state["anchor"].to(device)
        self.streams.load(below("stream", state))
        self.upkeep.batches.load(below("network_batches", state))
        self.real.load(below("real_batches", state))
        if self.outer_ended:  # the network in the state is kept for those who look at it; the run draws a fresh one
            return
        config, data = self.config, self.data
        network = build_network(architecture(config, data, config.network, config.norm), seed=0).to(device)
        network.load_state_dict(below("network", state))
        self.student = self._new_student(network)
        for name, value in below("momentum", state).items():
            self.student.optimiser.velocity[name].copy_(value)
        picks = below("picks", state)
        self.real.picks = [picks[str(label)].to(device) for label in range(len(picks))]

    # -- pieces ------------------------------------------------------------------------------------------------------

    def _image_optimiser(self) -> ImageOptimiser:
        config, data = self.config, self.data
        per_class = self.images.unflatten(0, (data.num_classes, config.ipc))
        rate: Tensor | float = config.effective_image_lr
        if (
            self.host.normalised
        ):  # a step of `rate` on normalised pixels is one of rate x std^2 on the pixels themselves
            rate = rate * self.images.new_tensor(data.std).square().view(-1, 1, 1)
        return (JointSteps if self.host.joint else StepPerClass)(per_class, rate, config.image_momentum)

    def _new_student(self, network: Network) -> Student:
        student = Student(network, self.config.net_lr, self.data.side, self.config.precision)
        student.optimiser.momentum = self.host.momentum
        student.optimiser.weight_decay = self.host.weight_decay
        return student

    def _live_student(self) -> Student:
        assert self.student is not None, "the loop asks for features only while it has a network"
        return self.student

    def _class_features(self, label: int) -> Tensor:
        return self.real.features(self._live_student().network, label)

    def _synthetic_features(self, label: int) -> Tensor:
        own = self.shown().view_as(self.optimiser.images)[label]
        decoded = decode(own, self.config.factor)
        return embed(self._live_student().network, decoded, self.data.normalise, self.config.precision)

    def _match(self) -> Tensor:
        """The image steps of all classes; returns the mean of their gradient and feature losses [2]."""
        student = self._live_student()
        turns = [self._turn(label) for label in range(self.data.num_classes)]
        gradients, terms = self.sweep.gradients(student.network, student.layers, self.optimiser.at_turn(), turns)
        self.optimiser.sweep(gradients)
        return terms.mean(0)

    def _turn(self, label: int) -> Turn:
        config, decoded = self.config, self.config.ipc * self.config.factor**2
        shared = draw(config.augment, 1, self.data.side, self.streams["augment"])  # one draw for both batches
        subset = None
        if decoded > config.batch_syn_max:
            subset = torch.randperm(decoded, generator=self.streams["subset"])[: config.batch_syn_max]
        return Turn(label, self.real.positions(label), shared, subset)

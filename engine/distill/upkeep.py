"""How a host keeps its network in training between image steps: on real images (IDC), on the synthetic ones (DC, DSA), or not
at all (DM)."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.config import RunConfig
from engine.data.dataset import Dataset
from engine.decode import decode, decode_labels
from engine.streams import Permutations, Streams
from engine.training import Regularisation, Student

SYNTHETIC_BATCH = 256  # METHODS A1: images of S per network step


class Upkeep:
    """Trains the student after an inner loop."""

    def __init__(self, config: RunConfig, data: Dataset, streams: Streams) -> None:
        self.config, self.data, self.draws = config, data, streams["network training"]
        self.how = Regularisation(config.net_augment, config.net_cutmix)
        self.batches = Permutations(data.num_train, config.batch_real, streams["network batches"])

    def train(self, student: Student, images: Tensor, last: bool) -> None:
        """images: the stored set [K * ipc, C, H, H]; last: whether the network is thrown away after this inner loop."""
        on = self.config.framework.trained_on
        if on == "real":
            self._on_real(student)
        elif on == "synthetic" and not last:
            self._on_synthetic(student, images)

    def _on_real(self, student: Student) -> None:
        data = self.data
        for _ in range(-(-self.config.net_samples_per_step // self.batches.batch)):
            positions = self.batches.next().to(data.device, non_blocking=True)
            images = data.normalise(data.train_images[positions])
            student.step(images, data.train_labels[positions], self.how, self.draws)

    def _on_synthetic(self, student: Student, images: Tensor) -> None:
        factor, data = self.config.factor, self.data
        x = data.normalise(decode(images, factor))
        own = torch.arange(data.num_classes, device=x.device).repeat_interleave(self.config.ipc)
        labels = decode_labels(own, factor)
        for _ in range(self.config.net_epochs):
            for batch in torch.randperm(len(x), generator=self.draws).to(x.device).split(SYNTHETIC_BATCH):
                student.step(x[batch], labels[batch], self.how, self.draws)

"""The quantities that an inner loop measures besides its losses (DESIGN section 6), collected class by class."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.data.dataset import Dataset
from engine.decode import decode
from engine.metrics.mmd import ClassKernel
from engine.nets import Network
from engine.training import embed


class Measurement:
    """Means over classes of MMD and feature difference."""

    def __init__(self) -> None:
        self.rows: list[Tensor] = []

    def add(self, features: Tensor, representative: Tensor, random: Tensor, synthetic: Tensor) -> None:
        """One class: features of all its real images [n, d], of two real batches of equal size, of the decoded S."""
        kernel = ClassKernel(features)
        difference = (synthetic.mean(0) - features.mean(0)).norm()
        self.rows.append(
            torch.stack([kernel.mmd(representative), kernel.mmd(random), kernel.mmd(synthetic), difference])
        )

    def values(self) -> dict[str, float]:
        """Metric name -> mean over the classes added; empty when there were none."""
        if not self.rows:
            return {}
        names = ("mmd.representative", "mmd.random", "mmd.synthetic", "feature.difference")
        return dict(zip(names, torch.stack(self.rows).mean(0).tolist(), strict=True))


def migration(reference: Network, data: Dataset, now: Tensor, before: Tensor, factor: int) -> float:
    """Mean over decoded images of |phi(S_now) - phi(S_before)|_2 under one fixed network (DREAM+, Figure 6a).

    now, before: stored images [M, C, H, H].
    """
    here, there = (embed(reference, decode(images, factor), data.normalise) for images in (now, before))
    moved = here - there
    return float(moved.norm(dim=1).mean())

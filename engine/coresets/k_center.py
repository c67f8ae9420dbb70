"""Greedy k-center: images that leave no other image far away (Sener & Savarese, ICLR 2018; METHODS B3)."""

from __future__ import annotations

import torch
from torch import Generator, Tensor


def k_center(features: Tensor, count: int, _generator: Generator) -> Tensor:
    """Distinct positions int64 [count] in features [n, d], n >= count, in the order in which they were picked. Draws nothing.

    Each pick is the image farthest from all picks before it, which keeps the largest distance of any image to its nearest
    pick within twice the least possible (Gonzalez, 1985), whatever the first one is. The first is the image nearest to the
    mean: at one image per class it is the whole coreset, and a random one there is no better than random selection and
    spreads the scores.
    """
    farness, picks = -_distances(features, features.mean(0)), list[int]()
    nearest = torch.full_like(farness, torch.inf)  # distance to the nearest pick
    taken = torch.zeros_like(farness, dtype=torch.bool)
    for _ in range(count):
        picks.append(int(farness.masked_fill(taken, -torch.inf).argmax()))
        taken[picks[-1]] = True
        nearest = torch.minimum(nearest, _distances(features, features[picks[-1]]))
        farness = nearest
    return torch.tensor(picks, dtype=torch.int64, device=features.device)


def _distances(features: Tensor, point: Tensor) -> Tensor:
    """Euclidean distances [n] by differences: by products, equal images would seem to lie apart."""
    return torch.cdist(features, point.unsqueeze(0), compute_mode="donot_use_mm_for_euclid_dist").squeeze(1)

"""Herding: images whose running mean follows the class's mean (Welling, ICML 2009; METHODS B2)."""

from __future__ import annotations

import torch
from torch import Generator, Tensor


def herding(features: Tensor, count: int, _generator: Generator) -> Tensor:
    """Distinct positions int64 [count] in features [n, d], n >= count, in the order in which they were picked. Draws nothing.

    The k-th pick is the argmin over the images i that are left of |k mu - (sum of the picks before + phi_i)|_2, so that one
    pick alone is the image nearest to the mean mu. Features are taken as they are; iCaRL's unit length is not imposed. (The
    widely used DeepCore takes the argmax of that distance.)
    """
    away = features - features.mean(0)  # k mu - sum phi = - sum (phi - mu): what is minimised is |drift + away_i|
    squares = torch.linalg.vector_norm(away, dim=1).square()
    drift, picks = torch.zeros_like(away[0]), list[int]()
    taken = torch.zeros_like(squares, dtype=torch.bool)
    for _ in range(count):
        distance = torch.addmv(squares, away, drift, alpha=2)  # squared, less |drift|^2, which is the same for all
        picks.append(int(distance.masked_fill(taken, torch.inf).argmin()))
        taken[picks[-1]] = True
        drift = drift + away[picks[-1]]
    return torch.tensor(picks, dtype=torch.int64, device=features.device)

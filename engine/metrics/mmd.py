"""Squared maximum mean discrepancy with a Gaussian kernel (Gretton et al., 2012). Our choice of kernel and bandwidth, the
paper gives none (METHODS A6.1): k(a, b) = exp(-|a - b|^2 / (2 s^2)), s^2 = half the median squared distance in the class."""

from __future__ import annotations

import torch
from torch import Tensor

BANDWIDTH_IMAGES = 1000  # the median needs no more; all pairs of 14,000 images would be 200 million
ROWS = 1024  # kernel rows held in memory at once


def bandwidth(features: Tensor) -> Tensor:
    """s^2, a scalar: half the median squared distance between images of the class, features [n, d], n >= 2.

    Measured on at most 1,000 images, evenly spaced.
    """
    some = features[:: max(1, -(-len(features) // BANDWIDTH_IMAGES))]
    return torch.pdist(some).median().square().clamp_min(torch.finfo(features.dtype).tiny) / 2


def _kernel_mean(a: Tensor, b: Tensor, s2: Tensor) -> Tensor:
    """Mean of k over all pairs, itself included where a is b."""
    total = torch.stack([torch.exp(-torch.cdist(rows, b).square() / (2 * s2)).sum() for rows in a.split(ROWS)]).sum()
    return total / (len(a) * len(b))


class ClassKernel:
    """A class and its kernel: what stays the same for every batch compared with it."""

    def __init__(self, features: Tensor) -> None:
        self.features = features
        self.s2 = bandwidth(features)
        self.own = _kernel_mean(features, features, self.s2)

    def mmd(self, batch: Tensor) -> Tensor:
        """Biased squared MMD between batch features [b, d] and the class: >= 0, with a floor of order 1/b, so that only
        batches of equal size may be compared."""
        cross = _kernel_mean(batch, self.features, self.s2)
        return (_kernel_mean(batch, batch, self.s2) + self.own - 2 * cross).clamp_min(0)


def spread(features: Tensor) -> Tensor:
    """How far a batch reaches: root mean squared distance to its own mean; features [b, d] -> scalar."""
    return (features - features.mean(0)).square().sum(1).mean().sqrt()

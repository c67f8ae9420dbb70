"""Forgetting events: how often a network that has learnt an image gets it wrong again (Toneva et al., ICLR 2019; METHODS B4)."""

from __future__ import annotations

import torch
from torch import Generator, Tensor


def forgetting_counts(correct: Tensor) -> Tensor:
    """Per image, the number of epochs at which it is wrong after having been right: int64 [N]; correct bool [E, N].

    An image that was never right counts as infinitely forgotten, as in the paper: it gets E, more than any other can have.
    (DeepCore counts it as 0, among the easiest.)
    """
    forgotten = (correct[:-1] & ~correct[1:]).sum(0)
    return forgotten.masked_fill(~correct.any(0), len(correct))


def most_forgotten(counts: Tensor, count: int, generator: Generator) -> Tensor:
    """Distinct positions int64 [count] of the images of one class with the highest counts [n], n >= count, highest first.

    Of images forgotten equally often, as most are, random ones come first. At a few images per class these are the hardest
    and the mislabelled ones.
    """
    shuffled = torch.randperm(len(counts), generator=generator).to(counts.device)
    return shuffled[counts[shuffled].argsort(descending=True, stable=True)[:count]]


def least_forgotten(counts: Tensor, count: int, generator: Generator) -> Tensor:
    """The opposite: images of one class that stay learnt, lowest counts first, equal ones in random order."""
    return most_forgotten(-counts, count, generator)

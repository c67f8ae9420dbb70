"""The two scores of DD-Ranking v0.2 (METHODS F1; NUS-HPC-AI-Lab/DD-Ranking): how much of an accuracy is owed to the images
rather than to soft labels or to augmentation. Torch-free.

All accuracies are fractions in [0, 1]. The released code puts percentages into the exponential, where the scores lose all meaning.
"""

from __future__ import annotations

import math

from engine.errors import BadRequest

WEIGHT = 0.5  # of both scores: w and gamma of the paper
RATES = (0.001, 0.005, 0.01, 0.05, 0.1)
"""Learning rates that a student's is chosen from, for each training set on its own."""


def label_robust_score(acc_real_hard: float, acc_syn_hard: float, acc_syn: float, acc_random: float) -> float:
    """LRS in [0, 1], larger is better: what the images gain over random real ones, less what they lack to the full data.

    acc_real_hard: full data; acc_syn_hard: synthetic set with hard labels; acc_syn: with the labels the method makes;
    acc_random: as many random real images, labelled in the same way. Raises BadRequest for anything but fractions.
    """
    _check(acc_real_hard, acc_syn_hard, acc_syn, acc_random)
    recovery, improvement = acc_real_hard - acc_syn_hard, acc_syn - acc_random
    return _scaled(WEIGHT * improvement - (1 - WEIGHT) * recovery)


def augmentation_robust_score(syn_aug: float, rand_aug: float, syn_noaug: float, rand_noaug: float) -> float:
    """ARS in [0, 1], larger is better: the gain of the synthetic over random real images, with augmentation and without.
    Raises BadRequest for anything but fractions."""
    _check(syn_aug, rand_aug, syn_noaug, rand_noaug)
    return _scaled(WEIGHT * (syn_aug - rand_aug) + (1 - WEIGHT) * (syn_noaug - rand_noaug))


def _scaled(gain: float) -> float:
    """A gain in [-1, 1] -> [0, 1]."""
    low, high = math.exp(-1), math.e
    return (math.exp(gain) - low) / (high - low)


def _check(*accuracies: float) -> None:
    for accuracy in accuracies:
        if not 0 <= accuracy <= 1:
            raise BadRequest(
                f"An accuracy of {accuracy:g} was given; DD-Ranking takes fractions from 0 to 1, so divide percentages by 100."
            )

"""How hard each real image of one class pulls at a network: the norm of the gradient of its own classifier loss."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.events import Progress, Report
from engine.metrics.gradients import gradient_norms
from engine.nets import Network
from engine.training import Normalise

MOST = 2000  # images of a class that are measured, evenly spaced: 12 s for 32x32 pixels on one core; a histogram of more looks the same
CHUNK = 256  # images between two reports


def pulls(network: Network, images: Tensor, label: int, normalise: Normalise, report: Report, most: int = MOST) -> Tensor:  # fmt: skip
    """float32 [n], NaN for the images left out where there are more than `most`; all NaN for a network with batch norm, in
    which an image has no gradient of its own. images [n, C, H, H], uint8 or in [0, 1]."""
    norms = torch.full((len(images),), torch.nan, dtype=torch.float32)
    chosen = torch.arange(0, len(images), max(1, -(-len(images) // most)))
    for done, positions in enumerate(chosen.split(CHUNK)):
        report(Progress("measuring gradients", done * CHUNK, len(chosen)))
        found = _of(network, images[positions], label, normalise)
        if found is None:
            break
        norms[positions] = found
    return norms


def some_pulls(network: Network, images: Tensor, label: int, normalise: Normalise, norms: Tensor, wanted: Tensor) -> Tensor:  # fmt: skip
    """`norms`, with those at the positions `wanted` measured where they are not yet."""
    missing = wanted[norms[wanted].isnan()].unique()
    found = _of(network, images[missing], label, normalise) if len(missing) else None
    if found is None:
        return norms
    return norms.index_put((missing,), found)


def _of(network: Network, images: Tensor, label: int, normalise: Normalise) -> Tensor | None:
    norms = gradient_norms(network, normalise(images), torch.full((len(images),), label))
    return None if norms is None else norms.detach().float()

"""What a run gets done per second, as its speed and its settings tell: one inner loop handles so many images and so much
arithmetic. Torch-free."""

from __future__ import annotations

from engine.config import RunConfig
from engine.estimate import counts


def images_per_loop(config: RunConfig, classes: int) -> float | None:
    """Real, decoded synthetic and network images of one inner loop; None while the number of classes is unknown (0)."""
    if not classes:
        return None
    return float(classes * sum(counts.images_per_class(config)) + counts.network_images(config))


def tflop_per_loop(config: RunConfig, classes: int) -> float | None:
    """10^12 floating-point operations of one inner loop; None where they are not counted: other networks than the ConvNet,
    and folders, whose classes the settings do not tell."""
    flop = counts.flop_per_loop(config) if classes and classes == config.spec.classes else None
    return None if flop is None else flop / 1e12

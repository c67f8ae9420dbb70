"""How much work one inner loop is: images and arithmetic, counted from the settings. Torch-free.

The count is that of the plain method, whatever shortcuts a program takes, so that a rate made from it compares programs. Only the
3x3 convolutions are counted; what else the ConvNet does is below a hundredth of it.
"""

from __future__ import annotations

import math

from engine.config import RunConfig

TAPS = 9  # of a 3x3 kernel


def images_per_class(config: RunConfig) -> tuple[int, int]:
    """Real and decoded synthetic images of one class in one image step."""
    return config.picks_per_class, min(config.ipc * config.factor**2, config.batch_syn_max)


def network_images(config: RunConfig) -> float:
    """Images the network is trained on after the sweep: whole batches of real ones; of synthetic ones the mean over an outer
    iteration, whose last inner loop has none."""
    on = config.framework.trained_on
    if on != "real":
        synthetic = config.spec.classes * config.ipc * config.factor**2 * config.net_epochs if on else 0
        return synthetic * (config.inner - 1) / config.inner
    return math.ceil(config.net_samples_per_step / config.batch_real) * config.batch_real


def images_per_loop(config: RunConfig) -> float:
    """Real, synthetic and network images of one inner loop."""
    return config.spec.classes * sum(images_per_class(config)) + network_images(config)


def flop_per_loop(config: RunConfig) -> float | None:
    """Floating-point operations (multiply and add = 2) of matching and network training; None for other networks than the
    ConvNet."""
    if config.network != "convnet":
        return None
    layers = forward_flop(config)
    whole, first = sum(layers), layers[0]
    train = 3 * whole - first  # forward, gradient of the weights, gradient of the input (not of the pixels)
    real, syn = (whole, 2 * whole) if config.objective == "feature" else (train, train + second_order(whole, first))
    real_images, syn_images = images_per_class(config)
    match = config.spec.classes * (real_images * real + syn_images * syn)
    return float(match + network_images(config) * train)


def second_order(whole: int, first: int) -> int:
    """What the images' gradient of a weight gradient costs on top of taking the latter: per layer two convolutions on the way
    forward (the input under the shifted weights, the shifted input under the weights; the pixels themselves are not shifted)
    and two back to the input."""
    return (2 * whole - first) + 2 * whole


def forward_flop(config: RunConfig) -> list[int]:
    """Per convolution of the ConvNet, for one image."""
    side = 32 if config.image_side == 28 else config.image_side  # 28 pixels are padded to 32 by the first convolution
    return [
        2 * TAPS * (config.channels if block == 0 else config.width) * config.width * (side >> block) ** 2
        for block in range(config.depth)
    ]

"""Memory that a run will take, before it is launched. Torch-free."""

from __future__ import annotations

from engine.config import RunConfig
from engine.cores import cores
from engine.estimate.counts import images_per_class
from engine.estimate.shape import (
    count_classes,
    feature_size,
    image_gigavalues,
    outputs,
    training_images,
    written_out,
)

KEPT_REAL, KEPT_SYN = 5, 9  # tensors of a block's size alive at the peak of the passes, per image
IN_PLACE = 0.6  # share of that on a CPU, whose passes overwrite what is used up
PROCESS_MB = 780  # a worker with PyTorch and numba loaded
KERNEL_ROWS, PLAIN_BATCH = 1024, 512  # engine/metrics/mmd.py, engine/training.py
GPU_STEPS = 3e9  # bytes at most
GPU_FEATURES = 1e9  # bytes at most: engine/distill/real_batches.py


def memory_mb(config: RunConfig, on_gpu: bool = False) -> float:
    """Peak megabytes: resident in the process on a CPU, of the tensors on a GPU (which is counted, but was never measured)."""
    spec, classes, members = config.spec, count_classes(config), training_images(config) / count_classes(config)
    pixels = config.channels * config.image_side**2
    data = (training_images(config) + spec.test) * pixels
    stored = 20 * classes * config.ipc * pixels
    class_features = 4 * members * feature_size(config)
    if on_gpu:
        steps = max(class_bytes(config), min(classes * class_bytes(config), GPU_STEPS))
        features = max(class_features, min(classes * class_features, GPU_FEATURES)) + min(4 * members**2, GPU_FEATURES)
        return (data + stored + steps + features) / 1e6
    kernel = 3 * 4 * min(members, KERNEL_ROWS) * members
    distances = 3 * 4 * members * config.clusters
    looking = cores() * (class_features + distances) + kernel
    if written_out(config, config.network):
        steps = cores() * IN_PLACE * class_bytes(config)
    else:
        syn = images_per_class(config)[1]
        steps = 4e9 * image_gigavalues(config, config.network) * max(config.picks_per_class + 3 * syn, PLAIN_BATCH)
    return PROCESS_MB + (data + stored + steps + looking) / 1e6


def class_bytes(config: RunConfig) -> float:
    """Memory of one class's image step: what the passes keep of its real and of its synthetic batch."""
    _, syn = images_per_class(config)
    values = 1.25 * outputs(config) if config.network == "convnet" else 1e6
    return 4 * values * max(config.picks_per_class * KEPT_REAL, syn * KEPT_SYN)

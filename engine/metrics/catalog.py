"""The table of quantities a run records: name -> title, unit, meaning; and of those that follow from its speed. Torch-free:
charts and docs are made from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from engine.config import RunConfig
from engine.throughput import images_per_loop, tflop_per_loop


class Metric(NamedTuple):
    title: str
    unit: str
    meaning: str


class Rate(NamedTuple):
    """A quantity per second: the speed times `per_loop(config, classes)`, what one inner loop holds of it; None = unknown."""

    title: str
    unit: str
    meaning: str
    per_loop: Callable[[RunConfig, int], float | None]


# fmt: off
METRICS: dict[str, Metric] = {
    "loss.gradient":      Metric("Gradient loss", "", "Distance between the network's weight gradients on real and on synthetic images, summed over the classes of one inner loop / number of classes."),
    "loss.feature":       Metric("Feature loss", "", "Distance between the mean features of real and of synthetic images, summed over the classes of one inner loop / number of classes."),
    "mmd.representative": Metric("MMD², representative batch", "", "Squared maximum mean discrepancy (Gaussian kernel) between a k-means batch and its whole class, mean over classes: 0 = the batch stands for the class."),
    "mmd.random":         Metric("MMD², random batch", "", "The same for a random batch of equal size."),
    "mmd.synthetic":      Metric("MMD², synthetic images", "", "The same for the decoded synthetic images of the class."),
    "feature.difference": Metric("Feature difference", "", "Distance |mean features of synthetic - mean features of the real class|, mean over classes."),
    "gradient.norm":      Metric("Gradient norm per image", "", "Length of the network's gradient on one real image by itself, mean over eight images of each class from the batch in use. Near 0: the network has learnt all there is in them."),
    "migration":          Metric("Feature migration", "", "How far the synthetic images moved over the last d inner loops, in the features of one fixed network trained on the real data; mean over images."),
    "accuracy":           Metric("Accuracy", "%", "Test accuracy of networks trained from scratch on the synthetic images: mean over networks, last epoch."),
    "accuracy.std":       Metric("Accuracy, spread", "%", "Standard deviation of that accuracy over networks."),
    "accuracy.seen":      Metric("Accuracy on classes seen", "%", "Class-incremental runs: test accuracy over the classes that have arrived, of networks trained from scratch on the memory alone."),
    "speed":              Metric("Speed", "inner loops/s", "Inner loops per second since the previous value, measurements included."),
    "share.cluster":      Metric("Time in clustering", "%", "Share of the time since the previous value spent on picking representatives."),
    "share.match":        Metric("Time in matching", "%", "Share spent on matching and updating the images."),
    "share.network":      Metric("Time in network training", "%", "Share spent on training the network between image steps."),
    "share.warmup":       Metric("Time in warming up", "%", "Share spent on training fresh networks before their first image step."),
    "share.rest":         Metric("Time in the rest", "%", "Share spent on measurements, evaluations and on keeping the run."),
    "utilisation":        Metric("Utilisation", "%", "How busy the device was since the previous value. CPU: the run's computing time on all cores / (time x cores). GPU: what its driver says, mean of one look a second; where it does not answer, the share of the time in which the run had work there."),
    "memory":             Metric("Memory", "MB", "Peak memory: of the device on a GPU, of the process on a CPU."),
}
RATES: dict[str, Rate] = {
    "images":             Rate("Throughput", "images/s", "Images per second: real, decoded synthetic and network images of an inner loop x speed.", images_per_loop),
    "arithmetic":         Rate("Arithmetic", "TFLOP/s", "10^12 operations per second in the ConvNet's convolutions (multiply and add = 2), as the plain method counts them x speed: shortcuts that save operations raise it.", tflop_per_loop),
}
# fmt: on

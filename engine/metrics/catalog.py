"""The table of quantities a run records: name -> title, unit, meaning. Torch-free: charts and docs are made from it."""

from __future__ import annotations

from typing import NamedTuple


class Metric(NamedTuple):
    title: str
    unit: str
    meaning: str


# fmt: off
METRICS: dict[str, Metric] = {
    "loss.gradient":      Metric("Gradient loss", "", "Distance between the network's weight gradients on real and on synthetic images, summed over the classes of one inner loop / number of classes."),
    "loss.feature":       Metric("Feature loss", "", "Distance between the mean features of real and of synthetic images, summed over the classes of one inner loop / number of classes."),
    "mmd.representative": Metric("MMD², representative batch", "", "Squared maximum mean discrepancy (Gaussian kernel) between a k-means batch and its whole class, mean over classes: 0 = the batch stands for the class."),
    "mmd.random":         Metric("MMD², random batch", "", "The same for a random batch of equal size."),
    "mmd.synthetic":      Metric("MMD², synthetic images", "", "The same for the decoded synthetic images of the class."),
    "feature.difference": Metric("Feature difference", "", "Distance |mean features of synthetic - mean features of the real class|, mean over classes."),
    "migration":          Metric("Feature migration", "", "How far the synthetic images moved over the last d inner loops, in the features of one fixed network trained on the real data; mean over images."),
    "accuracy":           Metric("Accuracy", "%", "Test accuracy of networks trained from scratch on the synthetic images: mean over networks, last epoch."),
    "accuracy.std":       Metric("Accuracy, spread", "%", "Standard deviation of that accuracy over networks."),
    "speed":              Metric("Speed", "inner loops/s", "Inner loops per second since the previous value, measurements included."),
    "share.cluster":      Metric("Time in clustering", "%", "Share of the time since the previous value spent on picking representatives."),
    "share.match":        Metric("Time in matching", "%", "Share spent on matching and updating the images."),
    "share.network":      Metric("Time in network training", "%", "Share spent on training the network on real data."),
    "share.rest":         Metric("Time in the rest", "%", "Share spent on measurements and on keeping the run."),
    "memory":             Metric("Memory", "MB", "Peak memory: of the device on a GPU, of the process on a CPU."),
}
# fmt: on

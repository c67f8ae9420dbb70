"""The table of studies: one question of the DREAM+ paper (and one of dataset pruning) each, with the grid of runs that answers
it here. Table and figure numbers are those of Liu et al., "Efficient Dataset Distillation by Bidirectional REpresentAtive
Matching"."""

from __future__ import annotations

from collections.abc import Sequence

from engine.recipes import RECIPES
from engine.studies import cells, publications, rows
from engine.studies.cells import OFTEN, host_of, scales
from engine.studies.study import ALONG, Gathered, Row, Study

EVERY = OFTEN * 100  # inner loops between evaluations at the paper's scale
SPEED = ("iterations", "speed-up", "seconds")
STABILITY = ("migration", "loss.gradient", "feature.difference", "mmd.synthetic")
MMD = ("mmd.representative", "mmd.random")
CENTER = ("accuracy", "gradient.norm")
MEMORY = {"protocol": "E-IDC", "eval_augment": "color_crop_flip_scale_rotate", "eval_cutmix": 0.5, "eval_epochs": 1000}
"""All memories are tested in one way, whatever protocol their method has of its own (METHODS E19, that of IDC)."""
PARTS = {
    "cluster": "Clustering",
    "match": "Matching",
    "network": "Network training",
    "warmup": "Warming up networks",
    "rest": "Measuring, keeping",
}


def _component(one: Gathered) -> tuple[str, str]:
    host, _, parts = one.cell.partition(" + ")
    return host, parts or "none"


def _ablation(found: Sequence[Gathered]) -> list[Row]:
    soon = rows.to_host(found, lambda cell: cell.partition(" + ")[0], _component)
    return [*rows.accuracies(found, _component), *(row for row in soon if row.quantity == "iterations")]


def _speed(found: Sequence[Gathered]) -> list[Row]:
    return [
        *rows.curves(found, ("accuracy",)),
        *rows.to_host(found, host_of, lambda one: (one.cell, host_of(one.cell))),
    ]


def _sampling(found: Sequence[Gathered]) -> list[Row]:
    def place(one: Gathered) -> tuple[str, float]:
        return f"{RECIPES[one.config.recipe].title}, {one.config.per_cluster} per cluster", float(one.config.clusters)

    return rows.accuracies(found, place)


def _interval(found: Sequence[Gathered]) -> list[Row]:
    def place(one: Gathered) -> tuple[str, float]:
        return RECIPES[one.config.recipe].title, float(one.config.interval)

    along = [row._replace(quantity=ALONG) for row in rows.curves(found, ("accuracy",))]
    return [*rows.accuracies(found, place), *along, *rows.seconds(found, place)]


def _pruning(found: Sequence[Gathered]) -> list[Row]:
    """All images are where every series ends."""
    part = [one for one in found if one.config.keep < 1]
    whole = rows.accuracies([one for one in found if one.config.keep == 1], lambda _: ("", 1.0), "full")
    measured = rows.accuracies(part, lambda one: (one.config.prune, one.config.keep), "full")
    series = dict.fromkeys(one.config.prune for one in part)
    return measured + [end._replace(series=name) for name in series for end in whole]


# fmt: off
STUDIES: dict[str, Study] = {
    "ablation": Study(
        "Ablation", "What does each component of DREAM+ add to its host?",
        "In the paper representative matching (RM), clustering initialisation (Init) and bidirectional matching (BM) each raise the accuracy and save iterations; together they do most.",
        "Table III", "bars", ("accuracy", "iterations"),
        cells.ablation, scales({"evaluate_every": 10}, {"evaluate_every": EVERY}, (1, 5)), _ablation, publications.ablation),
    "speed": Study(
        "Speed", "How much sooner is the host's accuracy reached?",
        "In the paper representative batches cross the level that the host ends with after a fraction of its iterations.",
        "Figures 4 and 9, Table III", "curves", ("accuracy", *SPEED),
        cells.speed, scales({"evaluate_every": 5}, {"evaluate_every": EVERY}, (1, 5)), _speed, publications.speed),
    "sampling": Study(
        "Sampling grid", "How many clusters, and how many images from each?",
        "In the paper too few clusters cost accuracy, and so do very many, which come close to random sampling; the images per cluster matter little.",
        "Table V, Figure 5", "grid", ("accuracy",),
        cells.sampling, scales({"outer": 3}, {}, (1, 5)), _sampling, publications.sampling),
    "interval": Study(
        "Clustering interval", "How often must representatives be picked anew?",
        "In the paper the accuracy hardly changes with the interval; the time does.",
        "Figure 7", "line", ("accuracy", ALONG, "seconds"),
        cells.interval, scales({"outer": 2, "inner": 40, "evaluate_every": 20}, {"evaluate_every": EVERY}), _interval, publications.none),
    "stability": Study(
        "Training stability", "How steadily do the synthetic images learn?",
        "In the paper the images of DREAM+ move far at first and little later, and their gradients and features come closer to the real ones.",
        "Figure 6", "curves", STABILITY,
        cells.ladder, scales({"outer": 8, "metrics_every": 5, "migration_every": 5, "reference_epochs": 4}, {"reference_epochs": 10}, (2, 3)),
        lambda found: rows.curves(found, STABILITY), publications.none),
    "mmd": Study(
        "Batch against class", "How well does a real batch stand for its class?",
        "In the paper the MMD of representative batches lies below that of random ones, and fluctuates less.",
        "Figure 2(b)", "curves", MMD,
        cells.batches, scales({"metrics_every": 2}, {}, (1, 1)), lambda found: rows.curves(found, MMD), publications.none),
    "center-boundary": Study(
        "Center and boundary", "Which real images teach most: the typical or the odd ones?",
        "In the paper gradients of images near the class's center vanish as the network learns, and images at its boundary give large, chaotic ones.",
        "Figure 2(a)", "curves", CENTER,
        cells.samplers, scales({"metrics_every": 5, "evaluate_every": 10}, {"evaluate_every": EVERY}),
        lambda found: rows.curves(found, CENTER), publications.none),
    "distribution": Study(
        "Distribution", "Where among the real images do the synthetic ones come to lie?",
        "In the paper random batches draw them to the edges of a class; with DREAM+ they cover it evenly.",
        "Figure 8", "embedding", (),
        cells.ends, scales({}, {}, (1, 1)), rows.nothing, publications.none),
    "cross-architecture": Study(
        "Across architectures", "Do images distilled through one network teach another?",
        "In the paper the order of the methods stays the same on networks that the images were not made for.",
        "Table IV", "matrix", ("accuracy",),
        cells.architectures,
        scales({"eval_networks": ("convnet", "resnet10", "resnet18"), "eval_epochs": 30}, {"eval_networks": ("convnet", "resnet10", "densenet121")}, (1, 5)),
        rows.by_architecture, publications.cross_architecture),
    "cost": Study(
        "Cost of an inner loop", "What does picking representatives cost?",
        "In the paper clustering is a third of an inner loop on CIFAR-10, a twentieth on CIFAR-100; what DREAM+ spends on warming up its networks is not in its table.",
        "Table VI", "stack", ("seconds",),
        cells.cost, scales({}, {"outer": 3, "eval_epochs": 1, "eval_repeats": 1}, (2, 3)), lambda found: rows.costs(found, PARTS), publications.cost),
    "continual": Study(
        "Continual learning", "Which memory is best when the classes arrive in five steps?",
        "In the paper DREAM+ keeps ahead of the others, and the distance grows with the number of classes.",
        "Figure 11", "curves", ("accuracy.seen",),
        cells.continual,
        scales({"increments": 5, "outer": 2, **MEMORY, "eval_epochs": 100, "eval_augment": "color_crop_scale_rotate"},
               {"increments": 5, "dataset": "cifar100", "ipc": 20, "eval_networks": ("resnet10",), **MEMORY}, (1, 5)),
        rows.seen, publications.none),
    "along": Study(
        "Images along the way", "What do the synthetic images look like as they learn?",
        "Step by step, the same images under three methods, side by side.",
        "Figures 10, 12 and 13", "gallery", (),
        cells.ladder, scales({"snapshot_every": 5}, {"snapshot_every": EVERY}, (1, 1)), rows.nothing, publications.none),
    "pruning": Study(
        "Dataset pruning", "How many training images can be left out, and which?",
        "Down to which share each way of choosing keeps the accuracy of all images; the paper left out a quarter of ImageNet without loss.",
        "He et al., Large-scale Dataset Pruning with Dynamic Uncertainty", "line", ("accuracy",),
        cells.pruning, scales({"eval_epochs": 1, "full_epochs": 15}, {"ipc": 1, "full_epochs": 60, "eval_epochs": 1, "eval_repeats": 5}, (1, 1)), _pruning, publications.none, scored="full"),
}
# fmt: on

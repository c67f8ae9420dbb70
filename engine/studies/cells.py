"""The cells of each study, and the settings that the scales have in common."""

from __future__ import annotations

from collections.abc import Sequence

from engine.recipes import RECIPES
from engine.studies.study import Cell, Scale, Settings

DIGITS: Settings = {
    "dataset": "digits", "ipc": 1, "outer": 5, "inner": 10, "eval_epochs": 100, "eval_repeats": 2, "full_epochs": 0,
    "reference_epochs": 0, "evaluate_every": 0, "metrics_every": 50, "snapshot_every": 50,
}  # fmt: skip
"""One run takes about ten seconds on two cores, five of them to start its process."""
PAPER: Settings = {
    "dataset": "cifar10", "ipc": 10, "full_epochs": 0, "reference_epochs": 0, "evaluate_every": 0, "snapshot_every": 10_000,
}  # fmt: skip
"""All else is the recipe's own. Fewer snapshots, because there are many runs; evaluations on the way where a study draws them:
each trains as many networks as that of the end."""
LADDER = ("idc", "dream", "dream+")
OFTEN = 20  # outer iterations between evaluations, where a study needs a curve of the paper's scale
THROUGH = ", through ResNet-10"
"""Ends the label of a cell whose images are made with that network and not with the ConvNet."""
LENGTHS = frozenset({"outer", "inner", "evaluate_every"})
"""Where a cell sets these it is to fit its host, and the others can still be given others: they are not what is compared."""
HOSTS = {"IDC-feature": "IDC-feature", "DC": "DC", "DSA": "DSA"}
"""First word of a cell's label -> the cell it is compared with, IDC for all others."""


def scales(digits: Settings, paper: Settings, seeds: tuple[int, int] = (2, 5)) -> dict[str, Scale]:
    """Both scales, with what a study needs besides and its numbers of seeds. The paper reports accuracies over 5 runs."""
    small, large = (tuple(range(count)) for count in seeds)
    return {
        "digits": Scale("Digits, 1 image per class: minutes on two cores", {**DIGITS, **digits}, small),
        "paper": Scale("The paper's settings: for a GPU", {**PAPER, **paper}, large),
    }


def own_settings(cells: Sequence[Cell]) -> frozenset[str]:
    """What cannot be given at a launch, because it would make something else of a cell than its label says, or nothing at all: what
    any cell sets, what a recipe is made of, and the seed. Lengths can, unless every cell has its own."""
    each = [frozenset(cell.settings) for cell in cells]
    switches = next(iter(RECIPES.values())).settings()
    return frozenset({"seed", *switches}).union(*each) - (LENGTHS - frozenset.intersection(*each))


def _recipes(names: Sequence[str]) -> tuple[Cell, ...]:
    return tuple(Cell(RECIPES[name].title, {"recipe": name}) for name in names)


def ladder(_scale: str) -> tuple[Cell, ...]:
    """IDC, DREAM, DREAM+."""
    return _recipes(LADDER)


def ends(_scale: str) -> tuple[Cell, ...]:
    """IDC and DREAM+."""
    return _recipes(("idc", "dream+"))


def batches(scale: str) -> tuple[Cell, ...]:
    """Figure 2(b). The estimate of MMD has a floor of about 1 / batch (METHODS A6.1): both match batches of one size."""
    size = _batch(scale)
    return tuple(Cell(cell.label, {**cell.settings, "batch_real": size, "clusters": size}) for cell in ends(scale))


def architectures(scale: str) -> tuple[Cell, ...]:
    """Table IV. On two cores one method is enough through the larger network."""
    larger = ladder(scale) if scale == "paper" else _recipes(("dream+",))
    return (
        *ladder(scale),
        *(Cell(f"{cell.label}{THROUGH}", {**cell.settings, "network": "resnet10"}) for cell in larger),
    )


def _batch(scale: str) -> int:
    """Real images of a class that are matched at once."""
    return 32 if scale == "digits" else 128


def _measured(scale: str, recipe: str) -> Settings:
    """Hosts DC and DSA have shorter outer iterations than the rest: their curves get as many points."""
    own = RECIPES[recipe].host != "idc" and scale == "paper"
    return {"recipe": recipe} | ({"evaluate_every": OFTEN * 10} if own else {})


def ablation(scale: str) -> tuple[Cell, ...]:
    """Table III. A cell is the published method with one switch turned: RM alone is DREAM from random starting images, with its
    batches of 128; BM alone is IDC with both terms on networks warmed up for an epoch, as in DREAM+."""
    hosts = {"DC": "dc", "DSA": "dsa"}
    return (
        Cell("IDC", {"recipe": "idc"}),
        Cell("IDC + RM", {"recipe": "dream", "init": "random"}),
        Cell("IDC + Init", {"recipe": "idc", "init": "clustered"}),
        Cell("IDC + BM", {"recipe": "idc", "objective": "both", "pretrain_epochs": 1}),
        Cell("IDC + RM + Init", {"recipe": "dream"}),
        Cell("IDC + RM + Init + BM", {"recipe": "dream+"}),
        *(
            Cell(title + parts, _measured(scale, name + kind))
            for title, name in hosts.items()
            for kind, parts in (("", ""), ("-dream", " + RM + Init"), ("-dream+", " + RM + Init + BM"))
        ),
    )


def speed(scale: str) -> tuple[Cell, ...]:
    """Figures 4 (IDC with gradients and with features) and 9 (DC, DSA)."""
    sampled = {"recipe": "idc-feature", "init": "clustered", "sampler": "representative", "batch_real": 128}
    names = ("dc", "dc-dream+", "dsa", "dsa-dream+")
    return (
        *_recipes((*LADDER, "idc-feature")),
        Cell("IDC-feature + DREAM", sampled),
        *(Cell(RECIPES[name].title, _measured(scale, name)) for name in names),
    )


def host_of(label: str) -> str:
    """The cell that another's accuracy is compared with."""
    return HOSTS.get(label.partition(" ")[0], "IDC")


def sampling(scale: str) -> tuple[Cell, ...]:
    """Table V: all pairs of clusters and images per cluster whose batch is small enough."""
    clusters, most = ((8, 16, 32, 64), 64) if scale == "digits" else ((32, 64, 128, 256), 256)
    pairs = [(count, per) for per in (1, 2, 4, 8)[: 3 if scale == "digits" else 4] for count in clusters]
    return tuple(
        Cell(f"{RECIPES[recipe].title}, {count} clusters x {per}", {"recipe": recipe, "clusters": count, "per_cluster": per})
        for recipe in ("dream", "dream+")
        for count, per in pairs
        if count * per <= most
    )  # fmt: skip


def interval(_scale: str) -> tuple[Cell, ...]:
    """Figure 7."""
    return tuple(Cell(f"Interval {every}", {"recipe": "dream+", "interval": every}) for every in (1, 2, 5, 10, 20))


def samplers(scale: str) -> tuple[Cell, ...]:
    """Figure 2(a): IDC with batches of one size, chosen in four ways."""
    size = _batch(scale)
    return tuple(
        Cell(name.capitalize(), {"recipe": "idc", "sampler": name, "clusters": size, "batch_real": size})
        for name in ("center", "boundary", "random", "representative")
    )


def cost(scale: str) -> tuple[Cell, ...]:
    """Table VI."""
    hundred = (Cell(f"{cell.label}, CIFAR-100", {**cell.settings, "dataset": "cifar100"}) for cell in ladder(scale))
    return (*ladder(scale), *(hundred if scale == "paper" else ()))


def continual(scale: str) -> tuple[Cell, ...]:
    """Figure 11. Coresets match nothing; DM takes a fresh network at every step."""
    small = scale == "digits"
    own: dict[str, Settings] = {
        "random": {"outer": 0},
        "herding": {"outer": 0},
        "dm": {"outer": 50, "inner": 1} if small else {},
    }
    names = ("random", "herding", "dsa", "dm", *LADDER)
    return tuple(Cell(RECIPES[name].title, {"recipe": name} | dict(own.get(name, {}))) for name in names)


def pruning(_scale: str) -> tuple[Cell, ...]:
    """Every share by every score, and all images once. Nothing is matched: what counts is the score of the kept images."""
    plain = {"recipe": "random", "outer": 0}
    kept = [
        Cell(f"{prune}, {keep:.0%} kept", {**plain, "prune": prune, "keep": keep})
        for prune in ("uncertainty", "random", "forgetting", "el2n")
        for keep in (0.25, 0.5, 0.75, 0.9)
    ]
    return (*kept, Cell("All images", {**plain, "keep": 1.0}))

"""The acceptance tables, every method tested alike: `python -m benchmarks.tables digits|digits-plain|mnist|mnist-plain [--data-dir MNIST] [--only RECIPE]`.

Protocol E-IDC with the same epochs, augmentation and CutMix for all, whatever a method's own paper does; all else is the method's own.
MNIST runs at a width that two cores can bear. The `-plain` tables test the chosen real images a second time, under E-DC without
augmentation, as the published rows were. --only, --ipc and --seeds narrow it. Writes runs-tables-<table>.json.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Sequence
from typing import NamedTuple

from benchmarks import paper
from engine.config import build
from engine.errors import BadRequest
from engine.recipes import RECIPES

SEEDS, IPCS = (0, 1, 2), (1, 10)


class Table(NamedTuple):
    """`common`: of all runs. `hosts`: of those of one host."""

    recipes: Sequence[str]
    common: paper.Settings
    hosts: dict[str, paper.Settings]


CORESETS = ("random", "herding", "k-center", "forgetting", "least-forgotten", "medoids")

# fmt: off
_MNIST = {"dataset": "mnist", "width": 16, "evaluate_every": 0, "full_epochs": 0, "reference_epochs": 2, "migration_every": 1_000_000,
          "metrics_every": 240, "snapshot_every": 60}  # what two cores can bear
# fmt: on
_ALIKE = {"protocol": "E-IDC", "eval_augment": "color_crop_scale_rotate"}

TABLES: dict[str, Table] = {
    "digits": Table(
        tuple(RECIPES),
        _ALIKE | {"dataset": "digits", "eval_epochs": 200, "eval_cutmix": 0.5},
        {"idc": {"evaluate_every": 20}},
    ),
    "mnist": Table(
        ("random", "herding", "k-center", "medoids", "dm", "idc", "dream", "dream+"),
        _ALIKE | _MNIST | {"eval_epochs": 300, "eval_cutmix": 0.0},
        {"idc": {"outer": 4, "inner": 60, "interval": 60, "clusters": 64, "net_samples_per_step": 256, "metric": "mse",
                 "image_lr": 0.01},
         "dm": {"outer": 300, "batch_real": 128}},
    ),
}  # fmt: skip

PLAIN: dict[str, Table] = {
    "digits-plain": Table(CORESETS, {**paper.PLAIN, "dataset": "digits"}, {}),
    "mnist-plain": Table(("random", "herding", "k-center", "medoids"), {**paper.PLAIN, **_MNIST}, {}),
}
"""Coresets under `paper.PLAIN`."""


def wanted(table: Table, recipes: Sequence[str], ipcs: Sequence[int], seeds: Sequence[int]) -> list[dict[str, object]]:
    """The settings of every run, quick methods first."""
    return [
        {"recipe": recipe, "ipc": ipc, "seed": seed, **table.common, **table.hosts.get(RECIPES[recipe].host, {})}
        for recipe, ipc, seed in itertools.product(recipes, ipcs, seeds)
    ]


def choosing(found: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Adds what narrows a table."""
    found.add_argument("--only", action="append", metavar="RECIPE", help="only this one; may be repeated")
    found.add_argument("--ipc", type=int, action="append", metavar="N", help="only so many images; may be repeated")
    found.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS), metavar="N")
    return found


def work(_: str, given: argparse.Namespace) -> int:
    table, extra = (TABLES | PLAIN)[given.table], paper.settings_of(given)
    if odd := [recipe for recipe in given.only or () if recipe not in table.recipes]:
        raise BadRequest(f"Recipe '{odd[0]}' is not in this table; choose from: {', '.join(table.recipes)}.")
    runs = [one | extra for one in wanted(table, given.only or table.recipes, given.ipc or IPCS, given.seeds)]
    alike = {build(one, check=False).eval_epochs for one in runs}
    assert len(alike) == 1, "every method is tested alike"
    return paper.run_all(runs, given.out / f"runs-tables-{given.table}.json")


def grammar() -> argparse.ArgumentParser:
    found = choosing(paper.parser())
    found.add_argument("table", choices=(*TABLES, *PLAIN))
    return found


if __name__ == "__main__":
    raise SystemExit(paper.main(work, "", grammar()))

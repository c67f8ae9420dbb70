"""Tables I and II, the accuracy of every method: `python -m benchmarks.table1_accuracy --dataset cifar10 --ipc 10 --only dream+`.

Every method with its own settings and protocol, for each of the datasets, numbers of images per class and seeds that are named; all
of the paper's where none is. Chosen real images are tested twice: like DREAM+, and under E-DC without augmentation, as they were
published. --set outer=60 and the like shorten all runs; the table then says so. Writes runs-table1.json.
"""

from __future__ import annotations

import argparse
import itertools

from benchmarks import paper
from benchmarks.tables import choosing
from engine.recipes import RECIPES

DATASETS = ("mnist", "fashion-mnist", "svhn", "cifar10", "cifar100")  # TinyImageNet wants its archive: name it
METHODS = ("random", "herding", "k-center", "forgetting", "dc", "dsa", "dm", "idc", "dream", "dream+")


def work(name: str, given: argparse.Namespace) -> int:
    chosen = (given.dataset or DATASETS, given.ipc or (1, 10, 50), given.only or METHODS, given.seeds)
    wanted = [
        {"dataset": dataset, "recipe": recipe, "ipc": ipc, "seed": seed, **exam, **paper.settings_of(given)}
        for dataset, ipc, recipe, seed in itertools.product(*chosen)
        for exam in exams(recipe)
    ]
    return paper.run_all(wanted, given.out / f"runs-{name}.json")


def exams(recipe: str) -> tuple[paper.Settings, ...]:
    """What the recipe is tested under, as settings; none of them: its own protocol."""
    return ({}, paper.PLAIN) if recipe in RECIPES and RECIPES[recipe].host == "coreset" else ({},)


def grammar() -> argparse.ArgumentParser:
    found = choosing(paper.parser())
    found.add_argument("--dataset", action="append", metavar="NAME", help="only this one; may be repeated")
    return found


if __name__ == "__main__":
    raise SystemExit(paper.main(work, "table1", grammar()))

"""Tables I and II, the accuracy of every method: `python -m benchmarks.table1_accuracy --dataset cifar10 --ipc 10 --only dream+`.

Every method with its own settings and protocol, for each of the datasets, numbers of images per class and seeds that are named; all
of the paper's where none is. --set outer=60 and the like shorten all runs; the table then says so. Writes runs-table1.json.
"""

from __future__ import annotations

import argparse
import itertools

from benchmarks import paper
from benchmarks.tables import choosing

DATASETS = ("mnist", "fashion-mnist", "svhn", "cifar10", "cifar100")  # TinyImageNet wants its archive: name it
RECIPES = ("random", "herding", "k-center", "forgetting", "dc", "dsa", "dm", "idc", "dream", "dream+")


def work(name: str, given: argparse.Namespace) -> int:
    chosen = (given.dataset or DATASETS, given.ipc or (1, 10, 50), given.only or RECIPES, given.seeds)
    wanted = [
        {"dataset": dataset, "recipe": recipe, "ipc": ipc, "seed": seed} | paper.settings_of(given)
        for dataset, ipc, recipe, seed in itertools.product(*chosen)
    ]
    return paper.run_all(wanted, given.out / f"runs-{name}.json")


def grammar() -> argparse.ArgumentParser:
    found = choosing(paper.parser())
    found.add_argument("--dataset", action="append", metavar="NAME", help="only this one; may be repeated")
    return found


if __name__ == "__main__":
    raise SystemExit(paper.main(work, "table1", grammar()))

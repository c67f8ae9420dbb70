"""docs/RESULTS.md says what the recorded runs say, and nothing else."""

from __future__ import annotations

import csv

import numpy as np

from engine.config import build
from engine.data.catalog import DATASETS
from engine.events import Score
from engine.recipes import RECIPES
from engine.results import Entry
from engine.results.entry import Point
from tools import results


def entry(number: int, recipe: str, accuracies: tuple[float, ...], seed: int, **given: object) -> Entry:
    """A finished run; its curve rises evenly from 80 to the mean accuracy within two outer iterations."""
    config = build({"dataset": "mnist", "recipe": recipe, "ipc": 10, "seed": seed, "inner": 10} | given, check=False)
    score = Score("convnet", accuracies, {"name": config.protocol, "epochs": 300})
    curve = (Point(0, 80.0, 1.0), Point(10, (80.0 + score.mean) / 2, 1.5), Point(20, score.mean, 2.0))
    made = {"commit": "abcdef0123456", "dirty": False, "device": "A processor"}
    return Entry(
        f"{number:08x}", "", config, {"distilled": (score,)}, 60.0, "CPU", 1.0 + number, {"accuracy": curve}, made
    )


def test_the_page_is_fresh() -> None:
    """Run `python -m tools.results` when this fails."""
    assert results.PAGE.read_text(encoding="utf-8") == results.fresh()


def test_without_records_it_says_so() -> None:
    assert results.page([]).endswith("No run is recorded yet.\n")


def test_what_is_recorded_is_on_the_page() -> None:
    networks = np.array([[97.0, 97.5], [98.0, 96.0]])
    entries = [entry(seed, "dream+", tuple(networks[seed]), seed) for seed in range(2)]
    entries += [entry(10, "idc", (95.0, 93.0), 0), entry(11, "dream+", (90.0,), 0, width=16)]
    text = results.page(entries)
    assert (
        rows(section(text, "MNIST"))["DREAM+", "E-IDC"]["ipc 10"]
        == f"**{networks.mean():.1f} ± {networks.std():.1f}** (2 x 2) †"
    )
    reached = np.mean([2 * (94 - 80) / (mean - 80) for mean in networks.mean(1)])
    assert f"| DREAM+ | 10 | 94.0 | {reached:.3g} outer iterations |" in text
    how = text.partition("### MNIST, protocol E-IDC")[2]
    assert all(part in how for part in ("commit abcdef012;", "1 min 00 s", "A processor", "width 16"))
    assert "| DREAM+ | 10 | 90.0 ± 0.0 (1 x 1) |" in how


def section(text: str, title: str) -> str:
    """The part under "## title"."""
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows(text: str) -> dict[tuple[str, str], dict[str, str]]:
    """The first table of a section: (method, protocol) -> column -> cell; a published column is called after the one before it."""
    table = text.strip().split("\n\n")[0].splitlines()
    heads, _, *lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    names = [f"{heads[place - 1]} published" if head == "published" else head for place, head in enumerate(heads)]
    return {(line[0], line[1]): dict(zip(names, line, strict=True)) for line in lines}


def published() -> dict[tuple[str, str, str], str]:
    """(dataset, method, images per class) -> the papers' accuracy, read from the table on disk."""
    with (results.ROOT / "assets" / "published" / "accuracy.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    return {(line["dataset"], line["method"], line["images_per_class"]): line["accuracy_percent"] for line in lines}


def test_what_nobody_has_run_is_an_empty_cell_beside_the_published_figure() -> None:
    """Issue 4: rows are methods, columns datasets x images per class."""
    text = results.page([entry(1, "dream+", (95.0, 93.0), 0)])
    titles, ours = {DATASETS[name].title: name for name in DATASETS}, {recipe.title for recipe in RECIPES.values()}
    wanted = {key: value for key, value in published().items() if key[1] in ours and key[2]}
    found: dict[tuple[str, str, str], str] = {}
    for title, dataset in titles.items():
        for (method, protocol), row in rows(section(text, title)).items() if section(text, title) else ():
            run = (dataset, method) == ("mnist", "DREAM+")
            assert protocol == ("E-IDC" if run else "")
            for ipc in ("1", "10", "50"):
                assert bool(row[f"ipc {ipc}"]) == (run and ipc == "10"), "nothing else was run"
                if (figure := row[f"ipc {ipc} published"]) != "–":
                    found[dataset, method, ipc] = figure.partition(" ± ")[0]
    assert found == {key: f"{float(value):.1f}" for key, value in wanted.items()}
    assert "CAFE" not in text and len({dataset for dataset, _, _ in found}) == 6


def test_a_method_has_a_row_per_protocol() -> None:
    text = results.page([entry(1, "random", (70.0,), 0), entry(2, "random", (60.0,), 0, protocol="E-DC")])
    found = rows(section(text, "MNIST"))
    assert [found["Random", name]["ipc 10"].split(" ")[0] for name in ("E-IDC", "E-DC")] == ["**70.0", "**60.0"]
    assert {found["Random", name]["ipc 10 published"] for name in ("E-IDC", "E-DC")} == {"95.1"}
    assert {method for method, protocol in found if protocol} == {"Random"}


def test_without_a_published_figure_there_is_no_column_for_one() -> None:
    text = results.page([entry(1, "dream+", (95.0,), 0, dataset="digits")])
    assert list(rows(section(text, "Digits"))["DREAM+", "E-IDC"]) == ["method", "protocol", "ipc 10"]


def test_what_all_rows_have_in_common_is_said_once() -> None:
    runs = [entry(1, "dream+", (95.0,), 0), entry(2, "idc", (94.0,), 0, width=16)]
    how = results.page(runs).partition("### MNIST, protocol E-IDC\n\n")[2]
    said, table = how.split("\n\n")[:2]
    assert "epochs 300; time per run 1 min 00 s; device A processor; commit abcdef012" in said
    assert "width" not in said and "| IDC | 10 |" in table and "A processor" not in table
    alone = results.page(runs[:1]).partition("### MNIST, protocol E-IDC\n\n")[2]
    assert alone.startswith("| method | ipc | ") and "| A processor |" in alone

"""The table of studies: what it launches can be launched, what it says was published stands in the tables."""

from __future__ import annotations

import csv
import json
import math
import re
import subprocess
import sys
from pathlib import Path

import pytest

from engine.api.runs import LONGEST_NAME
from engine.config import build
from engine.metrics.catalog import METRICS
from engine.protocols import protocol
from engine.studies import STUDIES, Row
from engine.studies.study import ALONG, RESULTS

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = ROOT / "assets" / "published"
SHAPES = {"bars", "curves", "line", "grid", "matrix", "stack", "gallery", "embedding"}
GRIDS = [(name, scale) for name, study in STUDIES.items() for scale in study.scales]


def lines(table: str) -> list[dict[str, str]]:
    with (PUBLISHED / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def values(rows: list[Row], quantity: str = "accuracy") -> list[tuple[float, float]]:
    return [(row.value, row.std) for row in rows if row.quantity == quantity]


@pytest.mark.parametrize(("name", "scale"), GRIDS)
def test_every_run_of_a_study_can_be_run(name: str, scale: str) -> None:
    """`build` refuses settings that are wrong, each or together."""
    study = STUDIES[name]
    cells, (_, common, seeds) = study.cells(scale), study.scales[scale]
    configs = [build({**common, **cell.settings, "seed": seed}) for cell in cells for seed in seeds]
    assert not [config for config in configs if config.host == "coreset" and config.outer], "coresets match nothing"
    assert len({cell.label for cell in cells}) == len(cells), "labels are unique"
    assert len(set(configs)) == len(cells) * len(seeds), "no run is done twice"
    assert all(len(f"{study.title} · {cell.label} · seed 9") <= LONGEST_NAME for cell in cells)
    assert set(study.scales) == {"digits", "paper"} and study.shape in SHAPES
    assert set(study.quantities) <= set(METRICS) | set(RESULTS)


@pytest.mark.parametrize("name", STUDIES)
def test_the_paper_s_scale_leaves_the_methods_alone(name: str) -> None:
    """Nothing of what makes a method is set but by its cell: those are the recipe's own."""
    free = {
        "dataset",
        "ipc",
        "increments",
        "full_epochs",
        "reference_epochs",
        "snapshot_every",
        "evaluate_every",
        "eval_networks",
    }
    tested_alike = {"protocol", "eval_augment", "eval_cutmix", "eval_epochs"}
    own = {
        "continual": tested_alike,
        "cost": {"outer", "eval_epochs", "eval_repeats"},
        "pruning": {"eval_epochs", "eval_repeats"},
    }
    assert set(STUDIES[name].scales["paper"].settings) <= free | own.get(name, set())


def test_a_component_alone_is_one_switch_of_the_published_method() -> None:
    cells = {
        cell.label: build({**cell.settings, "dataset": "cifar10"}).to_dict()
        for cell in STUDIES["ablation"].cells("digits")
    }

    def turned(label: str, base: str) -> dict[str, object]:
        return {name: value for name, value in cells[label].items() if value != cells[base][name] and name != "recipe"}

    assert turned("IDC + RM", "IDC") == {"sampler": "representative", "batch_real": 128}
    assert turned("IDC + Init", "IDC") == {"init": "clustered"}
    assert turned("IDC + BM", "IDC") == {"objective": "both", "pretrain_epochs": 1}
    assert turned("IDC + RM + Init", "IDC + RM") == {"init": "clustered"}
    assert turned("IDC + RM + Init + BM", "IDC + RM + Init") == {"objective": "both", "pretrain_epochs": 1}
    assert turned("DSA + RM + Init + BM", "DSA + RM + Init") == {"objective": "both", "feature_weight": 1000.0}


def test_the_sampling_grids() -> None:
    def pairs(scale: str) -> set[tuple[object, object]]:
        return {(cell.settings["clusters"], cell.settings["per_cluster"]) for cell in STUDIES["sampling"].cells(scale)}

    assert pairs("digits") == {(8, 1), (16, 1), (32, 1), (64, 1), (8, 2), (16, 2), (32, 2), (8, 4), (16, 4)}
    published = {(int(row["sub_clusters"]), int(row["samples_per_sub_cluster"])) for row in lines("sampling")}
    assert pairs("paper") == published


def test_published_rows_are_those_of_the_tables() -> None:
    for name, table in (("ablation", "ablation"), ("sampling", "sampling")):
        rows = STUDIES[name].published()
        assert values(rows) == [(float(line["accuracy_percent"]), float(line["std"])) for line in lines(table)]
    rows = STUDIES["cross-architecture"].published()
    assert values(rows) == [
        (float(line["accuracy_percent"]), float(line["std"])) for line in lines("cross_architecture")
    ]
    assert {row.x for row in rows} == {"convnet", "resnet10", "densenet121"}
    assert {cell.label for cell in STUDIES["cross-architecture"].cells("paper")} < {row.series for row in rows}, (
        "MTT too"
    )
    grid = {(row.series, row.x): row.value for row in STUDIES["sampling"].published()}
    assert grid["DREAM+, 1 per cluster", 128.0] == 69.9 and grid["DREAM, 8 per cluster", 32.0] == 67.5
    bars = {(row.series, row.x, row.quantity): row.value for row in STUDIES["ablation"].published()}
    assert bars["IDC", "none", "iterations"] == 1000 and bars["DSA", "RM + Init + BM", "accuracy"] == 53.5
    assert ("DC", "none", "iterations") not in bars
    speed = {(row.series, row.quantity): row.value for row in STUDIES["speed"].published()}
    assert speed["DREAM", "iterations"] == 150 and speed["DREAM+", "speed-up"] == pytest.approx(1000 / 60)
    points = {(row.series, row.x): row.value for row in STUDIES["speed"].published() if row.quantity == "accuracy"}
    assert points == {
        ("IDC", 1000): 67.5,
        ("DREAM", 150): 67.5,
        ("DREAM", 1200): 69.4,
        ("DREAM+", 60): 67.5,
        ("DREAM+", 1200): 69.9,
        ("DC", 1000): 44.9,
        ("DC + DREAM+", 1000): 46.9,
        ("DSA", 1000): 52.1,
        ("DSA + DREAM+", 1000): 53.5,
    }
    assert {name: speed[f"{name} + DREAM+", "speed-up"] for name in ("DC", "DSA", "IDC-feature")} == {
        "DC": 10, "DSA": 10, "IDC-feature": 40,
    }  # fmt: skip


def test_published_costs() -> None:
    """The parts of a method add up to the table's total."""
    total: dict[object, float] = {}
    for row in STUDIES["cost"].published():
        total[row.x] = total.get(row.x, 0.0) + row.value
    tail = {"cifar10": "", "cifar100": ", CIFAR-100"}
    assert total == pytest.approx(
        {line["method"] + tail[line["dataset"]]: float(line["total_s"]) for line in lines("time_per_inner_loop")}
    )
    assert set(total) <= {cell.label for cell in STUDIES["cost"].cells("paper")}


@pytest.mark.parametrize("scale", ["digits", "paper"])
def test_batches_that_are_compared_by_mmd_have_one_size(scale: str) -> None:
    """The biased estimate has a floor of about 1 / batch (METHODS A6.1)."""
    study = STUDIES["mmd"]
    configs = [build({**study.scales[scale].settings, **cell.settings}) for cell in study.cells(scale)]
    assert {config.sampler for config in configs} == {"random", "representative"}
    assert len({config.picks_per_class for config in configs}) == 1


@pytest.mark.parametrize("scale", ["digits", "paper"])
def test_memories_are_tested_in_one_way(scale: str) -> None:
    study = STUDIES["continual"]
    configs = [build({**study.scales[scale].settings, **cell.settings}) for cell in study.cells(scale)]
    assert len({protocol(config, config.eval_epochs) for config in configs}) == 1


@pytest.mark.parametrize("scale", ["digits", "paper"])
def test_intervals_are_real_ones(scale: str) -> None:
    """Picks are made anew with each outer iteration: a longer interval would be that of another cell."""
    study = STUDIES["interval"]
    configs = [build({**study.scales[scale].settings, **cell.settings}) for cell in study.cells(scale)]
    assert all(config.interval < config.inner and config.outer * config.inner > 20 for config in configs)


@pytest.mark.parametrize("name", STUDIES)
def test_networks_are_trained_on_the_way_where_that_is_drawn(name: str) -> None:
    """Each evaluation on the way costs as much as that of the end."""
    study = STUDIES[name]
    drawn = (
        name == "ablation" or (study.shape == "curves" and "accuracy" in study.quantities) or ALONG in study.quantities
    )
    for scale, (_, common, _) in study.scales.items():
        often = [build({**common, **cell.settings}).evaluate_every for cell in study.cells(scale)]
        assert all(often) if drawn else not any(often)


def test_an_accuracy_of_the_paper_is_over_five_runs() -> None:
    """METHODS A6: "5 runs". Pruning is another paper's."""
    scored = [
        study
        for name, study in STUDIES.items()
        if name != "pruning" and any(q.startswith("accuracy") for q in study.quantities)
    ]
    assert len(scored) == 7 and {len(study.scales["paper"].seeds) for study in scored} == {5}


@pytest.mark.parametrize("name", STUDIES)
def test_published_rows_say_so(name: str) -> None:
    rows = STUDIES[name].published()
    assert all(row.published and row.n == 0 and math.isfinite(row.value) for row in rows)
    assert {row.quantity for row in rows} <= set(STUDIES[name].quantities)


def test_every_study_is_documented() -> None:
    guide = (ROOT / "docs" / "GUIDE.md").read_text(encoding="utf-8").split("## Studies")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `([\w-]+)`", guide, re.MULTILINE)) == set(STUDIES)


def test_studies_load_nothing_heavy() -> None:
    script = "import engine.studies, engine.api, engine.cli.study, json, sys; print(json.dumps([*sys.modules]))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"torch", "sklearn", "scipy", "numba"} & set(json.loads(done.stdout))

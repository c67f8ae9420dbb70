"""The sentences of docs/RESULTS.md: true of the recorded runs, recomputed here from their JSON by NumPy, and gone or changed when they are not."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import Any

import numpy as np
import pytest

from benchmarks import tables
from engine.config import build
from engine.events import Score
from engine.recipes import RECIPES
from engine.results import Entry, cells
from tools import results
from tools.readings import listed, readings

TITLES = {name: recipe.title for name, recipe in RECIPES.items()}
CORESETS = ("random", "herding", "k-center", "forgetting", "least-forgotten", "medoids")
Where = tuple[str, str, int, str]  # dataset, protocol, ipc, recipe


@pytest.fixture(scope="module")
def page() -> str:
    """With lines joined."""
    return results.PAGE.read_text(encoding="utf-8").replace("\n", " ")


@pytest.fixture(scope="module")
def runs() -> list[dict[str, Any]]:
    files = sorted(results.RECORDS.glob("runs-tables-*.json"))
    return [run for path in files for run in json.loads(path.read_text(encoding="utf-8"))["runs"]]


def networks(runs: list[dict[str, Any]], what: str) -> dict[Where, np.ndarray]:
    """Accuracies [sets, networks] of "distilled", "initial" or "full", sets by seed."""
    found: dict[Where, dict[int, list[float]]] = defaultdict(dict)
    for run in runs:
        config = run["config"]
        if scores := run["results"].get(what):
            key = config["dataset"], config["protocol"], config["ipc"], config["recipe"]
            assert config["seed"] not in found[key], "one run per experiment and seed: the oracle pools nothing else"
            found[key][config["seed"]] = scores[0]["accuracies"]
    return {key: np.array([some[seed] for seed in sorted(some)]) for key, some in found.items()}


def named(text: str) -> set[str]:
    """The methods of 'A, B and C'."""
    return set(re.split(r", | and ", text))


def matched(pattern: str, text: str) -> re.Match[str]:
    found = re.search(pattern, text)
    assert found, pattern
    return found


# ---- of the recorded runs


def test_which_keep_several_images_in_one(page: str, runs: list[dict[str, Any]]) -> None:
    said = matched(r"digits: (.*?) keep 4 smaller images in each stored one \(factor 2\), the others one\.", page)
    factors = {run["config"]["recipe"]: run["config"]["factor"] for run in runs if run["config"]["dataset"] == "digits"}
    assert {TITLES[recipe] for recipe, factor in factors.items() if factor == 2} == named(said[1])
    assert set(factors.values()) == {1, 2}


def test_whose_lengths_are_our_own(page: str, runs: list[dict[str, Any]]) -> None:
    said = matched(r"Every method on the hosts ([^.]*?) has lengths of our own for two cores, not tuned\.", page)
    hosts = {run["config"]["host"] for run in runs if run["config"]["dataset"] == "digits"}
    assert named(said[1]) == {host.upper() for host in hosts & {"dc", "dsa", "dm"}}


def test_what_the_switches_change(page: str, runs: list[dict[str, Any]]) -> None:
    said = matched(r"DREAM's switches change (.*?) points with one image per class; (.*?) points with ten images", page)
    scores = networks(runs, "distilled")
    for ipc, text in zip((1, 10), said.groups(), strict=True):
        for host, built in (
            ("dc", ["dc-dream", "dc-dream+"]),
            ("dsa", ["dsa-dream", "dsa-dream+"]),
            ("dm", ["dm-dream"]),
        ):
            own = scores["digits", "E-IDC", ipc, host].mean()
            points = sorted(scores["digits", "E-IDC", ipc, recipe].mean() - own for recipe in built)
            assert f"{host.upper()} by {' to '.join(f'{point:+.1f}' for point in points)}" in text


def test_which_coresets_are_the_same_image(page: str, runs: list[dict[str, Any]]) -> None:
    said = matched(r"With one image per class ([^.]*?) are the same image", page)
    scores = networks(runs, "distilled")
    for protocol in ("E-IDC", "E-DC"):
        medoid = scores["digits", protocol, 1, "medoids"]
        same = {r for r in CORESETS if np.array_equal(scores["digits", protocol, 1, r], medoid)}
        assert {TITLES[recipe] for recipe in same} == named(said[1])


def test_which_are_as_good_as_the_full_data(page: str, runs: list[dict[str, Any]]) -> None:
    said = matched(r"With ten images per class, ([^.]*?) lie within a standard deviation of the full data \(([\d.]+)\): one of the (\d+) test images is ([\d.]+)", page)  # fmt: skip
    scores, starts, full = (networks(runs, what) for what in ("distilled", "initial", "full"))
    whole = full["digits", "E-IDC", 10, "idc"].mean()
    assert said[2] == f"{whole:.1f}" and said[4] == f"{100 / int(said[3]):.2f}"

    def close(found: dict[Where, np.ndarray]) -> set[str]:
        return {TITLES[key[3]] for key, some in found.items() if key[:3] == ("digits", "E-IDC", 10) and whole - some.mean() <= some.std()}  # fmt: skip

    assert close(scores) == named(said[1])
    assert close(starts) == named(matched(r"The starts of ([^.]*?) are there already", page)[1])


def test_what_the_protocol_makes(page: str, runs: list[dict[str, Any]]) -> None:
    said = matched(
        r"by (\S+) to (\S+) points with one image per class, (\S+) to (\S+) points with ten images", page
    ).groups()
    scores = networks(runs, "distilled")
    ends = []
    for ipc in (1, 10):
        augmented, plain = (np.array([scores["digits", p, ipc, r].mean() for r in CORESETS]) for p in ("E-IDC", "E-DC"))
        ends += [f"{end(augmented - plain):+.1f}" for end in (np.min, np.max)]
    assert list(said) == ends


@pytest.mark.parametrize("recipe", ["dream", "dream+"])
@pytest.mark.parametrize("ipc", [1, 10])
def test_how_soon_idcs_accuracy_is_reached_on_the_digits(runs: list[dict[str, Any]], recipe: str, ipc: int) -> None:
    """The mean of the seeds' curves, on a fine grid between its measurements."""
    level = networks(runs, "distilled")["digits", "E-IDC", ipc, "idc"].mean()
    own = [r for r in runs if (r["config"]["dataset"], r["config"]["ipc"], r["config"]["recipe"]) == ("digits", ipc, recipe)]  # fmt: skip
    steps, values = np.array([[point[:2] for point in run["curves"]["accuracy"]] for run in own]).transpose(2, 0, 1)
    assert len(own) == 3 and np.array_equal(steps, np.tile(steps[0], (3, 1)))
    grid = np.linspace(0, steps.max(), 1_000_001)
    at = np.flatnonzero(np.interp(grid, steps[0], values.mean(0)) >= level - 1e-9)[0]
    said = f"{grid[at] / own[0]['config']['inner']:.3g} outer iterations"
    line = f"| {TITLES[recipe]} | {ipc} | {level:.1f} | {said} |"
    assert line in results.PAGE.read_text(encoding="utf-8")


def test_mnist_runs_are_as_short_as_is_said(page: str, runs: list[dict[str, Any]]) -> None:
    configs = [run["config"] for run in runs if run["config"]["dataset"] == "mnist"]
    assert {c["width"] for c in configs} == {16} and {c["seed"] for c in configs} == {0}
    assert "the width is 16 instead of 128; 1 seed." in page
    loops = {TITLES[c["recipe"]]: c["outer"] * c["inner"] for c in configs if c["outer"]}
    assert loops == {"DM": 300, "IDC": 240, "DREAM": 240, "DREAM+": 240}
    assert "DM ran 300 inner loops of the paper's 20,000; IDC, DREAM and DREAM+ ran 240 inner loops of the paper's 120,000" in page  # fmt: skip


@pytest.mark.parametrize(("dataset", "title"), [("digits", "the digits"), ("mnist", "MNIST")])
@pytest.mark.parametrize(("ipc", "words"), [(1, "one image"), (10, "ten images")])
def test_which_sets_gain_over_their_start(
    page: str, runs: list[dict[str, Any]], dataset: str, title: str, ipc: int, words: str
) -> None:
    own = matched(rf"How to read {title}: .*?(?= ## | How soon )", page)[0]
    scores, starts = networks(runs, "distilled"), networks(runs, "initial")
    rise = {key: scores[key].mean() - start.mean() for key, start in starts.items() if (key[0], key[2]) == (dataset, ipc)}  # fmt: skip
    below = {TITLES[key[3]]: -points for key, points in rise.items() if points <= 0}
    if below:
        said = matched(rf"With {words} per class, ([^.]*?) ends? no higher than before distilling, up to ([\d.]+) points lower\.", own)  # fmt: skip
        assert set(below) == named(said[1]) and f"{max(below.values()):.2f}" == said[2]
    else:
        assert f"With {words} per class every distilled method ends above its start." in own


def test_the_page_says_whose_figures_are_the_best_of_tests(page: str) -> None:
    assert "published figures of IDC, DREAM and DREAM+ are the best of four tests on the test set, ours is the last epoch" in page  # fmt: skip


# ---- when it is not so


def entry(recipe: str, last: tuple[float, ...], ipc: int, **given: Any) -> Entry:
    """A finished run on the digits, or as given, with "initial" and "full" accuracies beside the last ones."""
    others = {what: given.pop(what) for what in ("initial", "full") if what in given}
    config = build({"dataset": "digits", "recipe": recipe, "ipc": ipc} | given, check=False)
    how = {"name": config.protocol, "epochs": 200}
    scores = {what: (Score("convnet", values, how),) for what, values in (others | {"distilled": last}).items()}
    return Entry(f"{recipe}{ipc}{config.protocol}{config.seed}", "", config, scores, 1.0, "CPU", 1.0)


def text(*entries: Entry) -> str:
    return " ".join(readings(cells(entries), entries).values()).replace("\n", " ")


def test_nothing_recorded_nothing_said() -> None:
    assert text() == ""


def test_what_is_built_on_a_host_has_its_lengths() -> None:
    """A recipe of DREAM on DC makes no sentence untrue that names DC."""
    assert "Every method on the host DC has lengths of our own" in text(entry("dc-dream+", (88.0,), 1))
    both = text(entry("dm-dream", (88.0,), 1), entry("dc", (80.0,), 1), entry("dream", (90.0,), 1))
    assert "Every method on the hosts DC and DM has" in both
    assert "DREAM keeps 4 smaller images in each stored one (factor 2), the others one." in both
    assert "lengths of our own" not in text(entry("dream", (90.0,), 1))


def test_other_images_are_no_twins() -> None:
    assert "Herding and K-Center are the same image" in text(
        entry("herding", (88.0,), 1), entry("k-center", (88.0,), 1)
    )
    assert "the same image" not in text(entry("herding", (88.0,), 1), entry("k-center", (89.0,), 1))
    assert "the same image" not in text(entry("dm", (88.0,), 1), entry("idc", (88.0,), 1)), "only of chosen images"


def test_far_from_the_full_data_nothing_is_said_of_it() -> None:
    near, far = (98.0, 100.0), (90.0, 90.2)
    said = text(*(entry(recipe, near, 10, full=(99.5,), initial=far) for recipe in ("idc", "dream")))
    assert "IDC and DREAM lie within a standard deviation of the full data (99.5)" in said and "starts of" not in said
    assert "standard deviation" not in text(*(entry(recipe, far, 10, full=(99.5,)) for recipe in ("idc", "dream")))


def test_a_set_below_its_start_is_named_with_its_loss() -> None:
    def mnist(recipe: str, *values: float) -> Entry:
        return entry(recipe, values[:1], 1, dataset="mnist", initial=values[1:])

    said = text(mnist("idc", 90.0, 91.5), mnist("dm", 80.0, 79.0))
    assert "With one image per class, IDC ends no higher than before distilling, up to 1.50 points lower." in said
    assert "every distilled method ends above its start" in text(mnist("idc", 92.0, 91.5), mnist("dm", 80.0, 79.0))


def test_the_protocols_are_compared_set_by_set() -> None:
    plain = {"protocol": "E-DC"}
    said = text(
        entry("random", (70.0,), 1), entry("random", (60.0,), 1, **plain), entry("medoids", (80.0,), 1),
        entry("medoids", (81.5,), 1, **plain), entry("dm", (90.0,), 1, protocol="E-IDC"), entry("dm", (10.0,), 1),
    )  # fmt: skip
    assert "by -1.5 to +10.0 points with one image per class" in said


@pytest.mark.parametrize(("names", "said"), [(["A"], "A"), (["A", "B"], "A and B"), (["A", "B", "C"], "A, B and C"), ([], "")])  # fmt: skip
def test_lists_read_well(names: list[str], said: str) -> None:
    assert listed(names) == said


# ---- the plan behind it


@pytest.mark.parametrize(
    ("name", "recipes"), [("digits", CORESETS), ("mnist", ("random", "herding", "k-center", "medoids"))]
)
def test_the_plain_tables_are_the_published_protocol_of_coresets(name: str, recipes: tuple[str, ...]) -> None:
    table = tables.PLAIN[f"{name}-plain"]
    configs = [build(one) for one in tables.wanted(table, table.recipes, (1, 10), (0, 1, 2))]
    assert {config.recipe for config in configs} == set(recipes) and len(set(configs)) == 6 * len(recipes)
    assert {(c.dataset, c.protocol, c.eval_epochs, c.eval_augment, c.eval_cutmix) for c in configs} == {(name, "E-DC", 300, "", 0.0)}  # fmt: skip
    assert {*recipes} <= {*tables.TABLES[name].recipes}, "under both protocols"

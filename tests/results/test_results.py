"""Finished runs as cells: what is pooled, what competes, what it is called, what was published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import api
from engine import results as engine_results
from engine.config import RunConfig, build
from engine.errors import BadData, BadRequest
from engine.results import Reach, ResultCell, files, methods
from engine.store import artifacts, database
from engine.store.tables import MetricRow
from engine.store.workspace import Workspace
from tests.pages.screen import Add, score


def scored(*accuracies: float, **more: tuple[float, ...]) -> dict[str, Any]:
    """The columns of a finished run with these accuracies of its networks."""
    return {"results": {"distilled": [score(*accuracies)]} | {what: [score(*values)] for what, values in more.items()}}


def ours() -> list[ResultCell]:
    return [cell for cell in api.results() if cell.ours]


def curve(here: Workspace, run_id: str, *points: tuple[int, float]) -> None:
    rows = [MetricRow(run_id=run_id, step=s, name="accuracy", value=v, seconds=float(s)) for s, v in points]
    with database.write(here) as session:
        session.add_all(rows)


def test_sets_are_pooled_over_all_their_networks(add: Add) -> None:
    networks = np.array([[95.0, 96.5, 97.0], [91.0, 94.0, 93.5], [90.0, 99.0, 92.25]])
    for seed, accuracies in enumerate(networks):
        add("finished", given={"seed": seed}, seconds=100.0 + seed, **scored(*accuracies, initial=(80.0 + seed, 81.0)))
    (cell,) = ours()
    assert (cell.method, cell.recipe, cell.dataset, cell.ipc, cell.protocol) == (
        "DREAM+",
        "dream+",
        "digits",
        1,
        "E-IDC",
    )
    measured = cell.ours
    assert measured is not None
    np.testing.assert_allclose(
        (measured.mean, measured.std, measured.std_of_sets), (networks.mean(), networks.std(), networks.mean(1).std())
    )
    assert (measured.n_sets, measured.n_networks, measured.seeds, measured.seconds) == (3, 9, (0, 1, 2), 101.0)
    initial = np.array([[80.0, 81.0], [81.0, 81.0], [82.0, 81.0]])
    np.testing.assert_allclose(measured.context["initial"][:2], (initial.mean(), initial.std()))


def test_the_best_of_the_tests_is_pooled_beside_the_score(add: Add) -> None:
    last, best = np.array([[95.0, 96.5], [91.0, 94.0]]), np.array([[95.5, 96.5], [93.0, 94.25]])
    for seed in range(2):
        add("finished", given={"seed": seed}, results={"distilled": [score(*last[seed]) | {"best": list(best[seed])}]})
    (cell,) = ours()
    assert cell.ours and cell.ours.best and cell.ours.mean == last.mean()
    np.testing.assert_allclose(cell.ours.best, (best.mean(), best.std(), best.mean(1).std(), 2, 4))
    assert cell.to_dict()["ours"]["best"]["mean"] == best.mean()
    add("finished", given={"seed": 2}, **scored(90.0, 91.0))
    (cell,) = ours()
    assert cell.ours and cell.ours.n_sets == 3 and cell.ours.best is None, "of some sets alone it would be another mean"
    assert cell.to_dict()["ours"]["best"] is None


def test_of_a_single_test_there_is_no_best(add: Add) -> None:
    """E-DC tests once, at the end: the best of that is the score itself."""
    best = {"best": [91.0, 92.0]}
    for recipe, tests in (("random", [1]), ("herding", [0.5, 1])):
        how = {"name": "E-DC", "epochs": 300, "tests": tests}
        add("finished", given={"recipe": recipe}, results={"distilled": [score(91.0, 92.0) | best | {"protocol": how}]})
    assert {cell.method: bool(cell.ours and cell.ours.best) for cell in ours()} == {"Random": False, "Herding": True}


def test_a_published_best_of_tests_is_known_as_one() -> None:
    figures = {cell.method: cell.by_best for cell in api.results() if (cell.dataset, cell.ipc) == ("cifar10", 10)}
    assert {method for method, best in figures.items() if best} == {"IDC", "DREAM", "DREAM+"}
    assert {"DC", "DSA", "DM", "Random", "MTT"} <= set(figures)


def test_an_empty_workspace_has_what_was_published() -> None:
    cells = api.results()
    assert cells and not ours()
    figures = {(c.method, c.dataset, c.ipc): c.published.accuracy for c in cells if c.published}
    assert figures["DREAM+", "cifar10", 10] == 69.9 and figures["K-Center", "mnist", 1] == 89.3
    assert "Whole dataset" not in {cell.method for cell in cells}
    assert {cell.recipe for cell in cells} >= {
        "random", "herding", "k-center", "forgetting", "dc", "dsa", "dm", "idc", "dream", "dream+", ""
    }  # fmt: skip


def test_where_and_how_often_is_measured_makes_no_new_experiment(add: Add) -> None:
    add("finished", given={"seed": 0}, **scored(90.0))
    add("finished", given={"seed": 1, "device": "cpu", "snapshot_every": 7, "metrics_every": 3, "evaluate_every": 0}, name="other", **scored(92.0))  # fmt: skip
    add("finished", given={"seed": 2, "eval_networks": ("convnet", "resnet10")}, **scored(94.0))
    (cell,) = ours()
    assert cell.ours and cell.ours.n_sets == 3 and not cell.others


def test_the_newest_run_of_a_seed_counts(add: Add) -> None:
    add("finished", given={"seed": 5}, finished=20.0, **scored(70.0))
    newest = add("finished", given={"seed": 5}, finished=30.0, **scored(71.0))
    add("finished", given={"seed": 5}, finished=10.0, **scored(72.0))
    (cell,) = ours()
    assert cell.ours and (cell.ours.mean, cell.ours.runs) == (71.0, (newest,))


def test_most_sets_win_then_the_newest_and_the_others_are_told(add: Add) -> None:
    for seed in range(2):
        add("finished", given={"seed": seed, "width": 16}, finished=50.0, **scored(90.0))
    add("finished", given={"width": 8}, finished=99.0, **scored(80.0))
    add("finished", given={"width": 24}, finished=98.0, **scored(70.0))
    (cell,) = ours()
    assert cell.ours and cell.ours.mean == 90.0 and [other.mean for other in cell.others] == [80.0, 70.0]
    assert cell.ours.departures["width"] == 16 and "width 16" in cell.ours.departs
    assert cell.ours.departs.startswith("settings depart: ")


def test_protocols_are_kept_apart(add: Add) -> None:
    add("finished", **scored(90.0))
    dc = {"network": "convnet", "accuracies": [60.0], "protocol": {"name": "E-DC", "epochs": 300}}
    add("finished", given={"protocol": "E-DC"}, results={"distilled": [dc]})
    assert {(cell.protocol, cell.ours.mean) for cell in ours() if cell.ours} == {("E-IDC", 90.0), ("E-DC", 60.0)}


def test_two_versions_of_a_protocol_are_never_averaged(add: Add) -> None:
    """The name alone does not say how networks were trained; scores from before versions were kept have the first."""
    for seed, (accuracy, version) in enumerate(
        [(90.0, {"version": 1}), (92.0, {}), (50.0, {"version": 2}), (54.0, {"version": 2})]
    ):
        how = {"name": "E-IDC", "epochs": 300} | version
        add("finished", given={"seed": seed}, results={"distilled": [score(accuracy) | {"protocol": how}]})
    found = {cell.protocol: cell.ours for cell in ours() if cell.ours}
    assert {name: (one.mean, one.seeds) for name, one in found.items()} == {
        "E-IDC": (91.0, (0, 1)), "E-IDC version 2": (52.0, (2, 3)),
    }  # fmt: skip


@pytest.mark.parametrize("state", ["running", "failed", "stopped", "queued"])
def test_only_finished_runs_count(add: Add, state: str) -> None:
    add(state, **scored(90.0))
    assert not ours()


@pytest.mark.parametrize("given", [{"increments": 5}, {"keep": 0.5}])
def test_other_questions_are_left_out(add: Add, given: dict[str, object]) -> None:
    add("finished", given=given, **scored(90.0))
    assert not ours()


def test_a_cell_has_its_published_figure(add: Add) -> None:
    add("finished", given={"dataset": "mnist", "recipe": "dm", "ipc": 10}, **scored(97.0))
    (cell,) = ours()
    assert cell.published and cell.published.method == "DM" and cell.published.source.startswith("DREAM+")
    same = [c for c in api.results() if (c.method, c.dataset, c.ipc) == ("DM", "mnist", 10)]
    assert same == [cell], "a measured cell does not come a second time"
    add("finished", given={"dataset": "mnist", "recipe": "dm", "ipc": 10, "init": "clustered"}, **scored(97.0))
    assert {c.method: c.published is None for c in ours()} == {"DM": False, "DM + Init": True}


@pytest.mark.parametrize(
    ("given", "title"),
    [
        ({"recipe": "idc"}, "IDC"),
        ({"recipe": "idc-feature"}, "IDC-feature"),
        ({"recipe": "dream", "width": 16}, "DREAM"),
        ({"recipe": "idc", "sampler": "representative", "init": "clustered"}, "IDC + RM + Init"),
        ({"recipe": "idc", "sampler": "representative"}, "IDC + RM"),
        ({"recipe": "idc", "objective": "both"}, "IDC + BM"),
        ({"recipe": "dream+", "sampler": "center"}, "IDC + center batches + Init + BM"),
        ({"recipe": "dc", "init": "random"}, "DC + random start"),
        ({"recipe": "herding"}, "Herding"),
        ({"recipe": "herding", "init": "clustered"}, "Coreset + Init"),
    ],
)
def test_methods_have_names(given: dict[str, object], title: str) -> None:
    assert methods.title(build({"dataset": "digits", "ipc": 1} | given, check=False)) == title


def test_the_archive_of_the_data_counts_by_its_name() -> None:
    def of(data_dir: str) -> object:
        return methods.identity(build({"dataset": "cifar10", "data_dir": data_dir}, check=False))

    assert of("/a/b/jpeg.tar.xz") == of("/c/jpeg.tar.xz") != of("") == of("")


def test_departures_tell_what_the_title_does_not() -> None:
    config = build({"dataset": "digits", "recipe": "idc", "sampler": "representative", "width": 16, "eval_augment": ""}, check=False)  # fmt: skip
    assert methods.departures(config) == {"width": 16, "eval_augment": ""}
    for recipe in ("random", "dm", "dream+"):
        assert not methods.departures(build({"dataset": "mnist", "recipe": recipe, "ipc": 1, "seed": 4}, check=False))
    assert methods.in_words({"width": 16, "image_lr": 0.005, "eval_augment": ""}) == "settings depart: width 16, image_lr 0.005, eval_augment none"  # fmt: skip


def test_dc_on_mnist_is_not_tested_as_its_paper_does() -> None:
    """METHODS A0.5, A1: DC's code augments MNIST in evaluation, for 1,000 epochs; E-DC of host dc has neither."""
    config = build({"dataset": "mnist", "recipe": "dc", "ipc": 1}, check=False)
    assert (config.protocol, config.eval_epochs, config.eval_augment) == ("E-DC", 300, "")
    assert methods.departures(config) == {"eval_epochs": 300, "eval_augment": ""}
    longer = build(config.to_dict() | {"eval_epochs": 1000}, check=False)
    assert methods.departures(longer) == {"eval_augment": ""}, "each image for itself: no setting of ours says that"
    for given in ({"dataset": "fashion-mnist", "recipe": "dc"}, {"dataset": "mnist", "recipe": "dsa"}):
        assert not methods.departures(build(given | {"ipc": 1}, check=False))


def test_the_reason_stands_beside_the_departure(add: Add) -> None:
    dc = {"network": "convnet", "accuracies": [90.0], "protocol": {"name": "E-DC", "epochs": 300}}
    usual = build({"dataset": "mnist", "recipe": "dc", "ipc": 1}, check=False).to_dict()
    add("finished", given=usual, results={"distilled": [dc]})
    (cell,) = ours()
    assert cell.published and cell.ours
    assert cell.ours.departs == "settings depart: eval_epochs 300, eval_augment none (DC's own tests on MNIST: each image cropped, scaled or turned, 1,000 epochs)"  # fmt: skip


def test_a_limit_that_leaves_no_image_out_is_no_departure() -> None:
    """engine/distill/loop.py draws a subset only of more decoded images than `batch_syn_max`."""

    def limited(most: int, **given: object) -> RunConfig:
        return build({"dataset": "mnist", "recipe": "dm", "batch_syn_max": most} | given, check=False)

    assert not methods.departures(limited(10, ipc=10)) and methods.departures(limited(9, ipc=10)) == {
        "batch_syn_max": 9
    }
    assert methods.identity(limited(10, ipc=10)) == methods.identity(limited(128, ipc=10)) != methods.identity(limited(9, ipc=10))  # fmt: skip
    tiles = {"recipe": "idc", "ipc": 10}
    assert methods.departures(limited(39, **tiles)) == {"batch_syn_max": 39} and not methods.departures(
        limited(40, **tiles)
    )


def test_both_protocols_are_a_coresets_own() -> None:
    """METHODS, Part B: coresets are reported without augmentation, as they were published, and as the distilled sets are."""
    plain = {"protocol": "E-DC", "eval_epochs": 300, "eval_augment": "", "eval_cutmix": 0.0}
    for recipe in ("random", "herding", "medoids"):
        usual = {"dataset": "digits", "recipe": recipe, "ipc": 1}
        assert not methods.departures(build(usual, check=False))
        assert not methods.departures(build(usual | plain, check=False))
        departing = build(usual | plain | {"eval_epochs": 200, "width": 16, "eval_cutmix": 0.5}, check=False)
        assert methods.departures(departing) == {"width": 16, "eval_epochs": 200, "eval_cutmix": 0.5}
    distilled = build({"dataset": "digits", "recipe": "idc", "ipc": 1} | plain, check=False)
    assert methods.departures(distilled), "a distilled set's own is its paper's"


# ---- how soon


def test_the_level_is_idcs_of_equal_settings(add: Add, here: Workspace) -> None:
    add("finished", given={"recipe": "idc", "seed": 0}, **scored(80.0, 82.0))
    add("finished", given={"recipe": "idc", "seed": 1}, **scored(84.0, 86.0))
    curve(here, add("finished", given={"recipe": "dream+"}, **scored(90.0)), (0, 73.0), (20, 83.0), (40, 90.0))
    curve(here, add("finished", given={"recipe": "dream", "width": 16}, **scored(90.0)), (0, 73.0), (20, 83.0))
    reach = {cell.method: cell.ours.reach for cell in ours() if cell.ours}
    assert reach == {"IDC": None, "DREAM": None, "DREAM+": Reach(83.0, 1.0, 1)}


# ---- files


def test_an_export_is_read_back_whole(add: Add, here: Workspace, tmp_path: Path) -> None:
    for seed in range(2):
        run_id = add("finished", given={"seed": seed, "data_dir": "/some/where/mnist.tar.xz", "dataset": "mnist"}, **scored(90.0 + seed, 91.0))  # fmt: skip
        curve(here, run_id, (0, 50.0), (20, 60.0))
        artifacts.write_json(here.run(run_id).provenance, {"commit": "abc", "dirty": False, "device": "A processor"})
    path = tmp_path / "runs-some.json"
    assert api.export_results(path) == 2
    assert "/some/where" not in path.read_text()
    again = files.read([path])
    assert engine_results.cells(again) == api.results()
    assert [e.curves["accuracy"][1].value for e in again] == [60.0, 60.0]
    copy = tmp_path / "runs-copy.json"
    engine_results.write(copy, again)
    assert copy.read_bytes() == path.read_bytes()
    assert len(files.read([path, copy])) == 2, "a run that is in two files counts once"
    (cell,) = (cell for cell in engine_results.cells(again) if cell.ours)
    assert cell.ours and (cell.ours.commits, cell.ours.devices, cell.ours.data) == (
        ("abc",),
        ("A processor",),
        "mnist.tar.xz",
    )
    json.dumps(cell.to_dict(), allow_nan=False)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "distillery-results", "version": 9, "runs": []}',
                                  '{"format": "distillery-results", "version": 1, "runs": [{"id": 1}]}'])  # fmt: skip
def test_other_files_are_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "runs-odd.json"
    path.write_text(text)
    with pytest.raises(BadData, match=r"runs-odd\.json"):
        files.read([path])


def test_an_export_into_nowhere_is_a_sentence(here: Workspace) -> None:
    with pytest.raises(BadRequest, match="cannot be written"):
        api.export_results(here.root / "a" / "b" / "c.json")

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
from engine.results import Entry, ResultCell, files, methods
from engine.results.entry import Point
from engine.results.soon import Reach, iterations_to
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
    for recipe in ("random", "dc", "dream+"):
        assert not methods.departures(build({"dataset": "mnist", "recipe": recipe, "ipc": 1, "seed": 4}, check=False))
    assert methods.in_words({"width": 16, "image_lr": 0.005, "eval_augment": ""}) == "settings depart: width 16, image_lr 0.005, eval_augment none"  # fmt: skip


# ---- how soon


def entry(config: RunConfig, *points: tuple[int, float]) -> Entry:
    return Entry("0" * 8, "", config, {}, 1.0, "CPU", 1.0, {"accuracy": tuple(Point(s, v, 0.0) for s, v in points)})


def test_iterations_are_interpolated_and_averaged() -> None:
    config = build({"dataset": "digits", "inner": 10}, check=False)
    rising, soon, never = ((0, 50.0), (10, 70.0), (20, 90.0)), ((0, 60.0), (20, 80.0)), ((0, 10.0), (20, 20.0))
    one = np.interp(80.0, [50, 70, 90], [0, 1, 2])
    assert iterations_to([entry(config, *rising), entry(config, *soon)], 80.0) == Reach(80.0, (one + 2.0) / 2, 2, 2)
    partly = iterations_to([entry(config, *rising), entry(config, *never)], 80.0)
    assert partly == Reach(80.0, one, 1, 2) and "1 of 2 sets" in partly.words
    none = iterations_to([entry(config, *never)], 80.0)
    assert none == Reach(80.0, None, 0, 1) and none.words == "not reached"
    assert iterations_to([entry(config)], 80.0) is None


def test_the_level_is_idcs_of_equal_settings(add: Add, here: Workspace) -> None:
    add("finished", given={"recipe": "idc", "seed": 0}, **scored(80.0, 82.0))
    add("finished", given={"recipe": "idc", "seed": 1}, **scored(84.0, 86.0))
    curve(here, add("finished", given={"recipe": "dream+"}, **scored(90.0)), (0, 73.0), (20, 83.0), (40, 90.0))
    curve(here, add("finished", given={"recipe": "dream", "width": 16}, **scored(90.0)), (0, 73.0), (20, 83.0))
    reach = {cell.method: cell.ours.reach for cell in ours() if cell.ours}
    assert reach == {"IDC": None, "DREAM": None, "DREAM+": Reach(83.0, 1.0, 1, 1)}


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

"""The table of results: empty, with one number, with many; what a click shows; what the file holds."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.components import results_table
from app.views.results import results_page
from engine import api
from tests.pages.screen import Add, Open, headers, links, pieces, said, score


def table(at: AppTest) -> dict[str, Any]:
    (shown,) = pieces(at, "results")
    return shown


def rows(at: AppTest) -> dict[str, Any]:
    return {row["method"]: row for row in table(at)["rows"]}


def finished(add: Add, *accuracies: float, **given: object) -> str:
    best = {"best": [accuracy + 0.5 for accuracy in accuracies]}
    return add("finished", given=given, results={"distilled": [score(*accuracies) | best], "full": [score(99.0)]})


def test_an_empty_workspace_says_how_to_fill_it(visit: Open) -> None:
    at = visit("results")
    assert not at.exception and headers(at) == ["Results"]
    assert "Nothing of ours yet" in said(at) and "python -m engine study" in said(at)
    assert {"New run", "Studies"} <= set(links(at))
    shown = rows(at)
    assert all(row["known"] for row in shown.values()) and "CAFE" not in shown
    assert shown["DREAM+"]["cells"][0]["published"].startswith("published ")


def test_one_number(visit: Open, add: Add) -> None:
    finished(add, 95.0, 96.0, 97.0)
    at = visit("results")
    assert not at.exception and table(at)["columns"] == ["1 image per class"]
    row = rows(at)["DREAM+"]
    cell = row["cells"][0]
    assert (cell["ours"], cell["count"], cell["published"]) == ("96.0 ± 0.8 †", "1 set × 3 networks", "")
    assert "outer 2" in cell["title"] and not row["known"] and row["mark"]
    assert "<td>Protocol</td><td>E-IDC</td>" in said(at) and "<td>Epochs</td><td>300</td>" in said(at)


def test_many_numbers(visit: Open, add: Add) -> None:
    for seed in range(3):
        for recipe in ("idc", "dream", "dream+", "random"):
            for ipc in (1, 10):
                finished(add, 80.0 + seed, 81.0, recipe=recipe, ipc=ipc, seed=seed, dataset="mnist")
    finished(add, 80.0, 81.0, recipe="idc", sampler="representative", ipc=1, dataset="mnist")
    finished(add, 80.0, 81.0, recipe="dm", ipc=2)
    at = visit("results", dataset="MNIST")
    assert not at.exception
    shown = rows(at)
    assert table(at)["columns"] == [f"{ipc} image{'s' * (ipc > 1)} per class" for ipc in (1, 10, 50)]
    assert [name for name, row in shown.items() if not row["known"]] == ["Random", "IDC", "DREAM", "DREAM+", "IDC + RM"]
    assert shown["DREAM+"]["cells"][0]["count"] == "3 sets × 2 networks"
    assert shown["IDC + RM"]["cells"] == [shown["IDC + RM"]["cells"][0], None, None], "what nobody has run stays empty"
    assert at.selectbox[0].value == "mnist" and "CAFE" not in shown
    at.toggle[0].set_value(True).run()
    assert rows(at)["CAFE"]["known"] and rows(at)["CAFE"]["mark"] is None


def test_it_opens_with_what_was_measured(visit: Open, add: Add) -> None:
    finished(add, 80.0, recipe="idc", ipc=10, dataset="svhn")
    assert visit("results").selectbox[0].value == "svhn"


def test_two_protocols_are_never_in_one_table(visit: Open, add: Add) -> None:
    finished(add, 90.0)
    at = visit("results")
    assert not at.get("button_group")
    dc = {"network": "convnet", "accuracies": [60.0], "protocol": {"name": "E-DC", "epochs": 300}}
    add("finished", given={"recipe": "dc", "protocol": "E-DC"}, results={"distilled": [dc]})
    at = visit("results")
    assert not at.exception
    shown = [set(rows(at))]
    at.segmented_control[0].set_value("E-IDC").run()
    shown.append(set(rows(at)))
    assert shown == [{"DC"}, {"DREAM+"}]


def test_a_click_shows_what_stands_behind(visit: Open, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    finished(add, 95.0, 97.0, seed=3)
    finished(add, 50.0, width=8, seed=1)
    finished(add, 94.0, 96.0, seed=4)
    cells = api.results()
    chosen = next(cell for cell in cells if cell.ours)
    monkeypatch.setattr(results_page, "results_table", lambda *_: chosen)
    at = visit("results")
    words = said(at)
    assert not at.exception
    for part in (
        "95.5 ± 1.1 %",
        "<td>Best of the tests</td><td>96.0 ± 1.1 %",
        "2 sets × 2 networks",
        "E-IDC, 300 epochs",
        "Full training set",
        "outer 2",
        "not recorded",
    ):
        assert part in words, part
    assert "50.0 ± 0.0 %" in words and "width 8" in words, "what competes with it is told"
    assert {"Seed 3", "Seed 4"} <= set(links(at)) and "Seed 1" not in links(at)


def test_a_published_best_of_tests_is_called_one(visit: Open, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    for recipe in ("dream", "dm"):
        finished(add, 90.0, recipe=recipe, ipc=10, dataset="mnist")
    plain = add("finished", given={"recipe": "idc", "dataset": "mnist"}, results={"distilled": [score(90.0)]})
    told = {}
    for cell in [cell for cell in api.results() if cell.ours]:
        monkeypatch.setattr(results_page, "results_table", lambda *_, chosen=cell: chosen)
        told[cell.method] = said(visit("results"))
    assert all("IDC, DREAM and DREAM+ are the best of four tests" in words for words in told.values())
    assert "; the best of four tests on the test set)" in told["DREAM"] and "tests on the test set)" not in told["DM"]
    assert plain and "Best of the tests" in told["DM"] and "Best of the tests" not in told["IDC"], "it was not recorded"


def test_the_file_has_every_cell(add: Add) -> None:
    run_id = finished(add, 95.0, 97.0)
    cells = api.results()
    lines = list(csv.DictReader(io.StringIO(results_table.as_csv(cells))))
    assert len(lines) == len(cells) and set(lines[0]) == set(results_table.HEAD)
    (own,) = [line for line in lines if line["runs"]]
    assert (own["mean"], own["std"], own["networks"], own["runs"], own["epochs"]) == ("96.0", "1.0", "2", run_id, "300")
    assert (own["best_of_tests"], own["best_of_tests_std"], own["published"]) == ("96.5", "1.0", "")
    (paper,) = [line for line in lines if (line["method"], line["dataset"], line["ipc"]) == ("DREAM+", "cifar10", "10")]
    assert (paper["mean"], paper["published"]) == ("", "69.9")

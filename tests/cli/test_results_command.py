"""`engine results`: the table, its JSON, and the export."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine import results
from engine.cli.main import main
from engine.store.workspace import Workspace
from tests.pages.screen import add_run, score


def filled(home: Path) -> None:
    home.mkdir(exist_ok=True)
    for seed in range(2):
        found = {"distilled": [score(90.0 + seed, 92.0)]}
        add_run(
            Workspace.current(), "finished", given={"seed": seed, "dataset": "mnist", "recipe": "idc"}, results=found
        )


def test_the_table_its_json_and_the_export(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["results"]) == 0
    assert "No finished run" in capsys.readouterr().out
    filled(home)
    assert main(["results"]) == 0
    heading, head, line = capsys.readouterr().out.splitlines()
    assert heading.startswith("MNIST, 1 per class") and head.split()[:3] == ["method", "protocol", "ours"]
    assert (
        line.split()[:6] == ["IDC", "E-IDC", "91.25", "±", "0.83", "2"] and "94.2" in line and "settings depart" in line
    )
    assert main(["results", "--json"]) == 0
    (cell,) = (cell for cell in json.loads(capsys.readouterr().out) if cell["ours"])
    assert (cell["ours"]["n_sets"], cell["published"]["accuracy"]) == (2, 94.2)
    path = tmp_path / "runs-mine.json"
    assert main(["results", "--export", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"path": str(path), "runs": 2}
    assert len(results.read([path])) == 2


def test_an_export_into_nowhere_is_refused(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home.mkdir(exist_ok=True)
    assert main(["results", "--export", str(tmp_path / "a" / "b" / "c.json")]) == 2
    assert "cannot be written" in capsys.readouterr().err

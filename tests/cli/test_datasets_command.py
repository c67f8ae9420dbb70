"""`engine datasets`: the table, and own images from and off it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from engine import api
from engine.cli.main import main
from engine.store.workspace import Workspace
from tests.data.samples import as_folder, pictures


def test_own_images_come_and_go(here: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = as_folder(tmp_path / "mine", pictures(np.random.default_rng(0), {"a": 2, "b": 2}))
    assert main(("datasets", "add", "Pets", str(mine))) == 0
    assert f"data_dir='{mine}'" in capsys.readouterr().out
    assert main(("datasets",)) == 0 and f"data_dir={mine}" in capsys.readouterr().out
    assert main(("datasets", "--json")) == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows[:-1] == api.datasets() and rows[-1] == {"name": "Pets", "dataset": "folder", "data_dir": str(mine)}
    assert main(("datasets", "remove", "Pets")) == 0 and api.own_datasets() == [] and (mine / "a" / "0.png").exists()


@pytest.mark.parametrize(
    "words",
    [("add",), ("add", "x"), ("remove",), ("remove", "Pets"), ("list",), ("add", "../x", "/"), ("add", "x", "/none")],
)
def test_what_means_nothing(words: tuple[str, ...], here: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("datasets", *words)) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.startswith("error: ") and api.own_datasets() == []

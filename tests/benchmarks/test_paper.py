"""The scripts of the published tables: what they ask for, and that nothing is run twice."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks import paper, table1_accuracy, tables
from engine import api, results
from engine.config import build
from engine.errors import BadRequest
from engine.runner import checks, services
from engine.store.workspace import Workspace
from tests.pages.screen import add_run, score
from tests.studies.recorded import put

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def here(here: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """This test's own workspace, in which no supervisor is ever started."""
    monkeypatch.setattr(services, "ensure_supervisor", lambda _: None)
    return here


def given(out: Path, **values: object) -> argparse.Namespace:
    plain = {"scale": "digits", "data_dir": "", "pairs": [], "out": out, "only": None, "ipc": None, "seeds": [0]}
    return argparse.Namespace(**plain | values)


def test_every_script_says_what_it_is_and_how_to_call_it() -> None:
    found = paper.scripts()
    assert {"table1_accuracy", "table3_ablation", "table4_cross_architecture", "table5_sampling", "table6_cost", "figure4_speed", "tables"} <= set(found)  # fmt: skip
    assert all(f"`python -m benchmarks.{name}" in line for name, line in found.items())


def test_every_study_script_names_a_study() -> None:
    known = {study["name"] for study in api.studies()}
    asked = {
        line.split('"')[1]
        for path in (ROOT / "benchmarks").glob("*.py")
        for line in path.read_text().splitlines()
        if line.strip().startswith("paper.study(")
    }
    assert len(asked) >= 6 and asked <= known


@pytest.mark.parametrize("name", tables.TABLES)
def test_all_methods_of_a_table_are_tested_alike(name: str) -> None:
    table = tables.TABLES[name]
    configs = [build(one) for one in tables.wanted(table, table.recipes, (1, 10), (0, 1, 2))]
    assert len(configs) == len(set(configs)) == len(table.recipes) * 6
    exams = {(c.protocol, c.eval_epochs, c.eval_augment, c.eval_cutmix, c.eval_repeats, c.width) for c in configs}
    assert len(exams) == 1 and exams.pop()[0] == "E-IDC"


def test_what_is_finished_is_not_run_again(here: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [{"dataset": "digits", "recipe": "idc", "ipc": 1, "seed": seed} for seed in range(2)]
    done = {"distilled": [score(90.0, 91.0)]}
    for one in wanted:
        add_run(here, "failed", given=build(one).to_dict())
        add_run(here, "finished", given=build(one | {"snapshot_every": 77}).to_dict(), results=done)
    monkeypatch.setattr(api, "launch", lambda *_: pytest.fail("launched again"))
    path = tmp_path / "runs-some.json"
    assert paper.run_all(wanted, path) == 0
    assert [entry.config.seed for entry in results.read([path])] == [1, 0]
    before = path.read_bytes()
    assert paper.run_all(wanted[:1], path) == 0
    assert path.read_bytes() == before, "a smaller call keeps what the file has"


def test_what_is_missing_is_launched_and_what_stopped_resumed(here: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:  # fmt: skip
    settings = {"dataset": "digits", "recipe": "idc", "ipc": 1}
    stopped = add_run(here, "stopped", given=build(settings).to_dict())
    waited: list[str] = []

    def wait(ids: Sequence[str]) -> int:
        waited.extend(ids)
        return 0

    monkeypatch.setattr(paper, "wait", wait)
    paper.run_all([settings, settings | {"seed": 1}], tmp_path / "runs.json")
    assert waited[0] == stopped and len(set(waited)) == 2
    assert {run.state for run in api.list_runs()} == {"queued"}
    assert api.get_run(waited[1]).config.seed == 1


def test_failed_runs_are_counted(here: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    ids = [add_run(here, "failed", error="The disk is full."), add_run(here, "finished", step=20)]
    assert paper.wait(ids) == 1
    assert "The disk is full." in capsys.readouterr().err


def test_a_study_is_launched_once(here: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper, "wait", lambda _: 0)
    for _ in range(2):
        assert paper._study("mmd", given(tmp_path, pairs=["width=8"])) == 0
    assert len(api.list_studies()) == 1
    kept = json.loads((tmp_path / "study-mmd-digits.json").read_text())
    assert kept["study"]["name"] == "mmd" and kept["study"]["settings"] == {"width": 8}
    assert paper._study("mmd", given(tmp_path, pairs=["width=16"])) == 0
    assert len(api.list_studies()) == 2


def test_a_table_can_be_narrowed(here: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[paper.Settings] = []

    def run_all(runs: Sequence[paper.Settings], _: Path) -> int:
        asked.extend(runs)
        return 0

    monkeypatch.setattr(paper, "run_all", run_all)
    tables.work("", given(tmp_path, table="digits", only=["dc", "dm"], ipc=[1], seeds=[4], pairs=["width=8"]))
    assert [(one["recipe"], one["ipc"], one["seed"], one["width"]) for one in asked] == [
        ("dc", 1, 4, "8"),
        ("dm", 1, 4, "8"),
    ]
    asked.clear()
    table1_accuracy.work("table1", given(tmp_path, dataset=None))
    assert len(asked) == 5 * 3 * (10 + 4), "chosen real images are tested under both protocols"
    with pytest.raises(BadRequest, match="not in this table"):
        tables.work("", given(tmp_path, table="mnist", only=["dsa"]))


@pytest.mark.parametrize(
    "pairs", [["image_lr=1e-2"], ["eval_networks=convnet,resnet10"], ["width=8", "data_dir=."]], ids=str
)
def test_settings_are_compared_by_value(here: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pairs: list[str]) -> None:  # fmt: skip
    """However a number or a list is written, it is the study that was launched with it."""
    monkeypatch.setattr(paper, "wait", lambda _: 0)
    monkeypatch.setattr(checks, "launchable", lambda _, config: config)
    for _ in range(2):
        paper._study("mmd", given(tmp_path, pairs=pairs))
    assert len(api.list_studies()) == 1


def test_a_study_with_a_deleted_run_goes_on_without_it(here: Workspace, tmp_path: Path) -> None:
    study = api.launch_study("mmd")
    first, second = (member.run_id for member in study.members)
    put(here, first, {"mmd.random": [(0, 0.5)]})
    put(here, second, {}, "stopped")
    api.delete(second)
    assert paper._study("mmd", given(tmp_path)) == 1, "it counts as one without a result"
    kept = json.loads((tmp_path / "study-mmd-digits.json").read_text())
    assert kept["study"]["failed"][0]["error"] == "Its run was deleted." and len(kept["rows"]) == 1
    api.delete(first)
    assert paper._launched("mmd", "digits", {}).id != study.id, "nothing is left of the first"


def test_a_wrong_pair_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="not a setting"):
        paper.settings_of(given(tmp_path, pairs=["width"]))

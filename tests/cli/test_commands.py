"""The command line as a person or a script meets it: a process, its two streams and its exit code."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

from engine import api
from engine.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
SMALL = {"outer": 1, "inner": 2, "clusters": 8, "width": 8, "depth": 2, "batch_real": 32, "net_samples_per_step": 32, "eval_epochs": 2,
         "eval_repeats": 2, "full_epochs": 1, "reference_epochs": 0, "pretrain_epochs": 0, "device": "cpu"}  # fmt: skip
SETS = [word for key, value in SMALL.items() for word in ("--set", f"{key}={value}")]


class Said(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def engine(*words: str) -> Said:
    done = subprocess.run(
        [sys.executable, "-m", "engine", *words], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Said(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def finished(home: Path) -> dict[str, Any]:
    """A small real run, from the command line to the end: what `run --wait --json` printed."""
    said = engine("run", "--preset", "digits-demo", *SETS, "--wait", "--json", "--name", "small")
    assert said.code == 0, said
    return said.json  # type: ignore[no-any-return]


@pytest.fixture
def here(home: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """The command line inside this process: the same function, without the seconds of starting Python."""

    def call(*words: str) -> Said:
        code = main(words)
        return Said(code, *capsys.readouterr())

    return call


def test_a_run_waited_for(finished: dict[str, Any]) -> None:
    assert (finished["state"], finished["name"], finished["config"]["width"]) == ("finished", "small", 8)
    assert finished["seconds"] > 0
    for what in ("accuracy", "initial", "random", "full"):
        assert 0 <= finished[what]["mean"] <= 100 and finished[what]["std"] >= 0 and finished[what]["n"] == 2


def test_show_and_list_say_the_same(finished: dict[str, Any], here: Callable[..., Said]) -> None:
    shown = here("show", finished["id"], "--json")
    assert shown.code == 0 and shown.err == "" and shown.json == finished
    assert [one["id"] for one in here("list", "--json").json] == [finished["id"]]
    text = here("show", finished["id"]).out
    assert finished["id"] in text and "finished" in text and "±" in text
    assert finished["id"] in here("list").out


def test_metrics_are_a_table(finished: dict[str, Any], here: Callable[..., Said]) -> None:
    rows = list(csv.DictReader(io.StringIO(here("metrics", finished["id"]).out)))
    assert rows[0].keys() == {"step", "name", "value", "seconds"}
    expected, _ = api.metrics(finished["id"])
    assert [(int(r["step"]), r["name"], float(r["value"])) for r in rows] == [
        (r.step, r.name, r.value) for r in expected
    ]
    some = list(csv.DictReader(io.StringIO(here("metrics", finished["id"], "--name", "loss.gradient").out)))
    assert [(r["step"], r["name"]) for r in some] == [("1", "loss.gradient"), ("2", "loss.gradient")]


@pytest.mark.parametrize("form", ["npz", "safetensors", "folder", "pt"])
def test_exports(finished: dict[str, Any], here: Callable[..., Said], tmp_path: Path, form: str) -> None:
    said = here("export", finished["id"], "--format", form, "--to", str(tmp_path / "new" / "place"), "--json")
    assert said.code == 0, said
    path = Path(said.json["path"])
    assert path.is_relative_to(tmp_path / "new" / "place") and said.json["step"] == 2
    if form == "pt":
        data, target = torch.load(path, weights_only=True)
        np.testing.assert_array_equal(data.numpy(), api.snapshot(finished["id"], 2))
        assert target.tolist() == list(range(10))
    if form == "folder":
        assert len(list(path.glob("*/*.png"))) == 10 and (path / "dataset.json").is_file()


def test_an_evaluation_on_request(finished: dict[str, Any], here: Callable[..., Said]) -> None:
    said = here("evaluate", finished["id"], "--epochs", "1", "--repeats", "1", "--json")
    assert said.code == 0, said
    assert said.json["id"] == finished["id"] and said.json["scores"][0]["protocol"]["name"] == "E-IDC"
    plain = here("evaluate", finished["id"], "--protocol", "E-DC", "--epochs", "1", "--repeats", "1")
    assert plain.code == 0 and "E-DC" in plain.out
    assert here("evaluate", finished["id"], "--protocol", "E-XX").code == 2


def test_both_scores_of_dd_ranking(finished: dict[str, Any], here: Callable[..., Said]) -> None:
    said = here("rank", finished["id"], "--epochs", "1", "--repeats", "1", "--json")
    assert said.code == 0, said
    assert 0 <= said.json["lrs"] <= 1 and 0 <= said.json["ars"] <= 1 and len(said.json["scores"]) == 4
    text = here("rank", finished["id"], "--epochs", "1", "--repeats", "1").out
    assert f"label-robust score         {said.json['lrs']:.3f}" in text and "full data" in text


def test_tasks_are_listed_stopped_and_resumed_by_their_ids(finished: dict[str, Any], here: Callable[..., Said]) -> None:
    asked = api.request("evaluate", finished["id"], {"epochs": 90_000, "repeats": 1})
    newest = here("tasks", finished["id"], "--json").json[0]
    assert (newest["id"], newest["kind"], newest["params"]["epochs"]) == (asked.id, "evaluate", 90_000)
    assert f"{asked.id}  evaluate" in here("tasks", finished["id"]).out
    for _ in range(2):  # waiting or at work, whichever it has come to
        assert here("stop", asked.id).out.startswith(f"{asked.id} is stop")
        end = time.monotonic() + 60
        while api.task(asked.id).is_live:
            assert time.monotonic() < end
            time.sleep(0.05)
        assert api.task(asked.id).state == "stopped"
        assert here("resume", asked.id).out == f"{asked.id} is queued\n"
    assert here("stop", asked.id).code == 0
    assert here("stop", "00000000").err.startswith("error: There is no run '00000000'")


def test_a_finished_run_is_not_stopped(finished: dict[str, Any], here: Callable[..., Said]) -> None:
    for command in ("stop", "pause", "resume"):
        said = here(command, finished["id"], "--json")
        assert said.code == 2 and "finished" in said.json["error"] and said.err.startswith("error: ")


def test_bad_data_found_by_the_worker_is_a_wrong_request(home: Path, tmp_path: Path) -> None:
    for label in ("cat", "dog"):
        folder = tmp_path / "set" / label
        folder.mkdir(parents=True)
        (folder / "broken.png").write_bytes(b"not a picture")
    said = engine("run", "--set", "dataset=folder", "--set", f"data_dir={tmp_path / 'set'}", *SETS, "--wait", "--json")
    assert said.code == 2, said
    assert said.json["state"] == "failed" and "broken.png" in said.json["error"]
    assert said.err.splitlines()[-1] == f"error: {said.json['error']}"


def test_ctrl_c_leaves_the_run_going(home: Path) -> None:
    words = ["run", "--preset", "digits-demo", *SETS, "--set", "outer=500", "--wait", "--json"]
    with subprocess.Popen(
        [sys.executable, "-m", "engine", *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as waiting:
        end = time.monotonic() + 60
        while not [run for run in api.list_runs() if run.state == "running"]:
            assert time.monotonic() < end
            time.sleep(0.1)
        waiting.send_signal(signal.SIGINT)
        out, err = waiting.communicate(timeout=30)
    run_id = json.loads(out)["id"]
    assert waiting.returncode == 130 and "goes on" in err and run_id in err and "Traceback" not in err
    assert api.get_run(run_id).is_live
    assert engine("stop", run_id).out == f"{run_id} is stopping\n"
    while api.get_run(run_id).is_live:
        time.sleep(0.1)
    assert api.get_run(run_id).state == "stopped"


@pytest.mark.parametrize(
    "words",
    [
        ("datasets",),
        ("recipes",),
        ("presets",),
        ("list",),
    ],
)
def test_tables(here: Callable[..., Said], words: tuple[str, ...]) -> None:
    said = here(*words, "--json")
    assert said.code == 0 and said.err == ""
    assert isinstance(said.json, list) and all("name" in row for row in said.json)
    assert here(*words).code == 0


def test_json_is_alone_on_stdout(home: Path) -> None:
    """In a process of its own, where no test framework is between."""
    said = engine("recipes", "--json")
    assert said.code == 0 and said.err == "" and {row["name"] for row in said.json} >= {"idc", "dream", "dream+"}
    wrong = engine("run", "--set", "ipc=0", "--set", "colour=mauve", "--json")
    assert wrong.code == 2 and set(wrong.json["problems"]) == {"ipc", "colour"}
    assert wrong.err == f"error: {wrong.json['error']}\n"


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("nonsense",),
        ("run", "--nonsense"),
        ("run", "--set", "ipc"),
        ("run", "--set", "dataset=digitz"),
        ("run", "--preset", "none"),
        ("run", "--config", "/not/there.json"),
        ("run", "--set", "device=cuda:7"),
        ("run", "--set", "dataset=folder", "--set", "data_dir=/not/there"),
        ("show", "00000000"),
        ("show", "../../etc/passwd"),
        ("show",),
        ("metrics", "00000000"),
        ("export", "00000000", "--format", "npz"),
        ("evaluate", "00000000"),
        ("rank", "00000000"),
        ("rank", "00000000", "--repeats", "many"),
        ("tasks", "00000000"),
        ("evaluate", "00000000", "--epochs", "many"),
    ],
)
def test_wrong_requests(here: Callable[..., Said], words: tuple[str, ...]) -> None:
    before = len(api.list_runs())
    said = here(*words)
    assert said.code == 2 and said.out == ""
    assert said.err.startswith("error: ") and said.err.count("\n") == 1
    if words and words[0] != "metrics":
        asked = here(*words, "--json")
        assert asked.code == 2 and asked.json["error"] == said.err.removeprefix("error: ").strip()
    assert len(api.list_runs()) == before


def test_settings_are_laid_over_each_other(here: Callable[..., Said], tmp_path: Path) -> None:
    """Preset, then file, then --set."""
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"ipc": 3, "seed": 5, "outer": 7}))
    said = here("run", "--preset", "digits-demo", "--config", str(file), "--set", "seed=6", "--json")
    config = said.json["config"]
    assert (config["factor"], config["ipc"], config["outer"], config["seed"]) == (2, 3, 7, 6)
    assert here("stop", said.json["id"]).code == 0


def test_run_without_waiting_prints_the_id(here: Callable[..., Said]) -> None:
    said = here("run", "--preset", "digits-demo")
    assert said.code == 0 and api.get_run(said.out.strip()).preset == "digits-demo"
    assert here("stop", said.out.strip()).code == 0


def test_a_reader_that_leaves_early_is_no_error(home: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "engine", "recipes", "--json"], cwd=ROOT, stdout=write, stderr=subprocess.PIPE, text=True
    )
    os.close(write)
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr


def test_help_names_every_command(home: Path) -> None:
    said = engine("--help")
    commands = (
        "run",
        "list",
        "show",
        "metrics",
        "stop",
        "pause",
        "resume",
        "evaluate",
        "rank",
        "tasks",
        "export",
        "datasets",
        "recipes",
        "doctor",
        "serve",
    )
    assert said.code == 0 and all(f"\n    {command} " in said.out for command in commands)

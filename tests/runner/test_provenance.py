"""What a run was made with: written by its worker, and never in its way."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from engine import api, provenance
from engine.store.workspace import Workspace
from tests.runner.fake import Pipeline, live, queue

FIELDS = {"version", "commit", "dirty", "python", "torch", "device", "cores", "platform", "started"}


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    done = subprocess.run(["git", *who, *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of its own, committed once."""
    root = tmp_path / "project"
    (root / "engine").mkdir(parents=True)
    (root / "engine" / "code.py").write_text("x = 1\n")
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "first")
    monkeypatch.setattr(provenance, "ROOT", root)
    return root


def test_the_worker_writes_it(here: Workspace) -> None:
    run_id = queue(here)
    assert live(here, run_id, Pipeline()) == 0
    found = json.loads(here.run(run_id).provenance.read_text())
    assert set(found) == FIELDS and found["device"] and found["cores"] >= 1
    assert found == provenance.read(here.run(run_id).provenance)


def test_the_commit_and_whether_it_is_all(checkout: Path) -> None:
    first = provenance.facts()
    assert first["commit"] == git(checkout, "rev-parse", "HEAD") and first["dirty"] is False
    (checkout / "README.md").write_text("what is outside engine/ decides no result")
    assert provenance.facts()["dirty"] is False
    (checkout / "engine" / "code.py").write_text("x = 2\n")
    assert provenance.facts()["dirty"] is True
    assert provenance.facts("A GPU")["device"] == "A GPU"


def test_the_commits_of_all_lives_are_kept(checkout: Path, tmp_path: Path) -> None:
    path, commits = tmp_path / "provenance.json", []
    for life in range(3):
        provenance.record(path)
        provenance.record(path)
        commits.append(git(checkout, "rev-parse", "HEAD"))
        found = provenance.read(path)
        assert found.get("commits", []) == (commits if life else [])
        assert found["commit"] == commits[-1] and list(provenance.commits(found)) == commits
        (checkout / "engine" / "code.py").write_text(f"y = {life}\n")
        git(checkout, "commit", "-qam", "more")


def test_outside_a_checkout_there_is_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, checkout: Path) -> None:
    inside = checkout / "vendored"
    inside.mkdir()
    for root in (tmp_path, inside):
        monkeypatch.setattr(provenance, "ROOT", root)
        found = provenance.facts()
        assert (found["commit"], found["dirty"], found["version"]) == ("", False, "")


def test_it_never_fails_a_run(here: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError("no processes left")

    run_id = queue(here)
    here.run(run_id).provenance.mkdir()  # cannot be written
    monkeypatch.setattr(subprocess, "run", broken)
    assert live(here, run_id, Pipeline()) == 0
    assert api.get_run(run_id).state == "finished"


@pytest.mark.parametrize("text", ["", "[1]", "{nonsense"])
def test_a_damaged_file_says_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "provenance.json"
    path.write_text(text)
    assert provenance.read(path) == {} and provenance.read(tmp_path / "none.json") == {}
    provenance.record(path)
    assert provenance.read(path)["python"]

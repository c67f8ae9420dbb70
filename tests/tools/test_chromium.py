"""Where a browser is looked for, and in which order."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from engine.doctor import CHROMIUM_NAMES, find_chromium
from tools import chromium


def program(folder: Path, name: str, code: int = 0) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\nexit {code}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with nothing on it, and no CHROMIUM."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    return tmp_path


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Neither download works; the list says which were tried."""
    tried: list[str] = []

    def useless(way: str) -> str:
        tried.append(way)
        return ""

    for way in ("_playwright", "_debian"):
        monkeypatch.setattr(chromium, way, partial(useless, way))
    return tried


@pytest.mark.parametrize("name", CHROMIUM_NAMES)
def test_found_on_the_path(path: Path, name: str, fetched: list[str]) -> None:
    there = program(path, name)
    assert chromium.ensure() == (str(there), "")
    assert not fetched


def test_the_one_that_was_named_comes_first(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(path, "chromium")
    mine = program(tmp_path, "my-own")
    monkeypatch.setenv("CHROMIUM", str(mine))
    assert find_chromium() == str(mine)


def test_one_that_does_not_start_does_not_count(path: Path, fetched: list[str]) -> None:
    program(path, "chromium", code=127)
    found, sentence = chromium.ensure()
    assert found == ""
    assert sentence.startswith("NO CHROMIUM")
    assert "\n" not in sentence
    assert fetched == ["_playwright", "_debian"]


def test_debian_only_as_root(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(path, "apt-get")
    monkeypatch.setattr(chromium, "_tried", lambda _command: pytest.fail("may not"))
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert chromium._debian() == ""


def test_debian_stops_at_the_first_failure(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(path, "apt-get", code=100)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert chromium._debian() == ""


def test_a_download_that_cannot_run_falls_through(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Playwright's download lies on the disk but lacks the system's libraries; Debian's package then brings them."""
    useless = program(path, "downloaded", code=127)
    monkeypatch.setattr(chromium, "_playwright", lambda: str(useless))
    monkeypatch.setattr(chromium, "_debian", lambda: str(program(path, "chromium")))
    assert chromium.ensure() == (str(path / "chromium"), "")

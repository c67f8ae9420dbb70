"""Decoded images kept by content."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError

from engine.data import cache
from engine.data.pixels import Pixels
from engine.data.ticker import Ticker
from engine.events import Progress
from engine.store import artifacts

NAME = "0" * 64


def some(seed: int = 0) -> Pixels:
    random = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 256, (6, 3, 4, 4), dtype=torch.uint8, generator=random)
    return Pixels(images, torch.tensor([0, 1, 1, 0, 1, 0]), ("cat", "Hündin"), train=4)


def listening() -> tuple[Ticker, list[str]]:
    said: list[str] = []

    def report(progress: Progress) -> None:
        said.append(progress.phase)

    return Ticker(report), said


def test_what_was_stored_comes_back(tmp_path: Path) -> None:
    stored = some()
    cache.store(tmp_path, NAME, stored, Ticker())
    found = cache.load(tmp_path, NAME, Ticker())
    assert found is not None
    assert found.images.equal(stored.images)
    assert found.labels.equal(stored.labels)
    assert (found.classes, found.train) == (stored.classes, stored.train)
    assert [p.name for p in (tmp_path / "data").iterdir()] == [f"{NAME}.safetensors"]


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    assert cache.load(tmp_path, NAME, Ticker()) is None


def test_a_key_tells_sources_sides_and_channels_apart() -> None:
    keys = {cache.key(digest, side, channels) for digest in ("aa", "ab") for side in (8, 16) for channels in (1, 3)}
    assert len(keys) == 8


@pytest.mark.parametrize("damage", ["empty", "cut", "header", "pixel", "other"])
def test_a_damaged_file_is_not_believed(tmp_path: Path, damage: str) -> None:
    cache.store(tmp_path, NAME, some(), Ticker())
    path = tmp_path / "data" / f"{NAME}.safetensors"
    whole = path.read_bytes()
    changed = bytearray(whole)
    changed[-1 if damage == "pixel" else 3] ^= 0xFF
    contents = {"empty": b"", "cut": whole[:-10], "other": b"not what it seems" * 9}
    path.write_bytes(contents.get(damage, bytes(changed)))
    tick, said = listening()
    assert cache.load(tmp_path, NAME, tick) is None
    assert "damaged" in said[-1]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), SafetensorError("I/O error: no space")])
def test_a_full_disk_is_reported_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def save_file(_: object, path: Path, about: object) -> None:
        Path(path).write_bytes(b"half")
        raise error

    monkeypatch.setattr(cache, "save_file", save_file)
    tick, said = listening()
    cache.store(tmp_path, NAME, some(), tick)
    assert "could not be cached" in said[-1]
    assert not list((tmp_path / "data").iterdir())


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"a file in the way")
    tick, said = listening()
    cache.store(tmp_path, NAME, some(), tick)
    assert "could not be cached" in said[-1]


def test_half_files_of_killed_processes_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    left = tmp_path / "data" / "x.part"
    left.write_bytes(b"half")
    cache.store(tmp_path, NAME, some(), Ticker())
    assert left.exists()  # it may belong to a run that is writing just now
    monkeypatch.setattr(artifacts, "STALE_SECONDS", -1.0)
    cache.store(tmp_path, NAME, some(), Ticker())
    assert not left.exists()

"""A person's own datasets: what may be added, what never, and what goes when one is removed."""

from __future__ import annotations

import io
import json
import os
import shutil
import time
import tracemalloc
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import pytest

from engine.data import own
from engine.errors import BadData, BadRequest, Damaged, NoSpace, NotFound
from engine.store import artifacts
from tests.data.samples import as_folder, as_tar, as_zip, pictures

FILES = pictures(np.random.default_rng(3), {"cats": 2, "dogs": 2})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "workspace" / "datasets"


def left(folder: Path) -> set[str]:
    """Files beside the registry and its lock."""
    return {path.name for path in folder.glob("*")} - {"own.json", ".lock"} if folder.exists() else set()


def stream(content: bytes) -> BinaryIO:
    return io.BytesIO(content)


def test_a_folder_is_pointed_at_and_outlives_its_entry(folder: Path, tmp_path: Path) -> None:
    mine = as_folder(tmp_path / "mine", FILES)
    added = own.point(folder, "My pets", mine)
    assert (added.path, added.uploaded) == (str(mine), False) and own.everything(folder) == [added]
    assert own.remove(folder, "My pets") == added and own.everything(folder) == []
    assert sum(path.is_file() for path in mine.rglob("*")) == len(FILES) and not left(folder)


def test_an_upload_is_kept_whole_and_goes_with_its_entry(folder: Path, tmp_path: Path) -> None:
    content = as_zip(tmp_path / "a.zip", FILES).read_bytes()
    added = own.keep(folder, "pets", stream(content), "Some Pets.ZIP")
    assert Path(added.path) == folder / "pets.zip" and Path(added.path).read_bytes() == content
    own.remove(folder, "pets")
    assert not left(folder)
    packed = as_tar(tmp_path / "a.tar.gz", FILES)
    assert own.keep(folder, "pets", stream(packed.read_bytes()), "x.tar.gz").path.endswith("pets.tar.gz")


@pytest.mark.parametrize(
    "name",
    ["", " ", ".", "..", "../x", "a/b", "a\\b", "/etc", "x" * 41, "a\n", "a\0b", "é", ".hidden", "x.", "x ", "Digits", "CIFAR10", "<b>", None, 7],
)  # fmt: skip
def test_names_that_are_no_names(name: Any, folder: Path, tmp_path: Path) -> None:
    mine = as_folder(tmp_path / "mine", FILES)
    with pytest.raises(BadRequest, match="name"):
        own.point(folder, name, mine)
    with pytest.raises(BadRequest, match="name"):
        own.keep(folder, name, stream(b"PK\3\4"), "a.zip")
    assert own.everything(folder) == [] and not left(folder)


def test_nothing_is_ever_overwritten(folder: Path, tmp_path: Path) -> None:
    content = as_zip(tmp_path / "a.zip", FILES).read_bytes()
    own.keep(folder, "pets", stream(content), "a.zip")
    for name in ("pets", "PETS"):
        with pytest.raises(BadRequest, match="already"):
            own.keep(folder, name, stream(b"other"), "a.zip")
    (folder / "stray.zip").write_bytes(b"somebody's")
    with pytest.raises(BadRequest, match="never overwritten"):
        own.keep(folder, "stray", stream(content), "a.zip")
    assert (folder / "stray.zip").read_bytes() == b"somebody's" and (folder / "pets.zip").read_bytes() == content


@pytest.mark.parametrize(
    ("content", "filename"),
    [
        (b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x8c\x07builtins.", "innocent.zip"),  # a pickle
        (b"", "empty.zip"),
        (b"MZ" + bytes(600), "a.tar.gz"),
        (b"PK\3\4" + bytes(100), "cut.zip"),
        (b"GIF89a", "a.gif"),
        (b"x", ""),
        (b"x", "../../a"),
    ],
)  # fmt: skip
def test_what_is_no_archive_is_not_kept(content: bytes, filename: str, folder: Path) -> None:
    with pytest.raises(BadData) as refused:
        own.keep(folder, "a name", stream(content), filename)
    assert not left(folder) and own.everything(folder) == []
    assert ".part" not in str(refused.value), "the person knows the file by another name"


def test_the_names_in_an_archive_are_left_to_the_look_inside(folder: Path, tmp_path: Path) -> None:
    """A small upload may list millions of files: the page's own process counts none of them."""
    content = as_zip(tmp_path / "a.zip", {f"{number}": b"" for number in range(20_000)}).read_bytes()
    tracemalloc.start()
    try:
        own.keep(folder, "many", stream(content), "a.zip")
        own.point(folder, "the same", tmp_path / "a.zip")
        assert tracemalloc.get_traced_memory()[1] < 3 * len(content)
    finally:
        tracemalloc.stop()


class _Torn(io.BytesIO):
    """An upload whose sender goes away."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() >= 2**20:
            raise ConnectionResetError("gone")
        return super().read(size)


def test_half_an_upload_leaves_nothing(folder: Path) -> None:
    with pytest.raises(NoSpace, match="gone"):
        own.keep(folder, "half", cast("BinaryIO", _Torn(b"PK\3\4" + bytes(2**22))), "a.zip")
    assert not left(folder) and own.everything(folder) == []


def test_what_a_dead_process_left_is_swept(folder: Path, tmp_path: Path) -> None:
    folder.mkdir(parents=True)
    old, young = folder / "old.zip.part", folder / "young.zip.part"
    for part in (old, young):
        part.write_bytes(b"half")
    before = time.time() - 2 * artifacts.STALE_SECONDS
    os.utime(old, (before, before))
    own.point(folder, "mine", as_folder(tmp_path / "mine", FILES))
    assert left(folder) == {"young.zip.part"}


def test_too_large_and_too_full(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = as_zip(tmp_path / "a.zip", FILES).read_bytes()
    monkeypatch.setattr(own, "MAX_UPLOAD", len(content) - 1)
    with pytest.raises(BadData, match="larger than"):
        own.keep(folder, "big", stream(content), "a.zip")
    monkeypatch.setattr(own, "MAX_UPLOAD", 2**30)
    monkeypatch.setattr(own, "LEAST_FREE", shutil.disk_usage(tmp_path).total)
    with pytest.raises(NoSpace, match="free some space"):
        own.keep(folder, "big", stream(content), "a.zip")
    assert not left(folder)


@pytest.mark.parametrize("path", [" ", "nowhere", "a\0b", "x" * 2000, "a\nb", "~nobody-of-that-name/x"])
def test_paths_that_lead_nowhere(path: str, folder: Path) -> None:
    with pytest.raises(BadData):
        own.point(folder, "mine", Path(path))
    assert own.everything(folder) == []


def test_a_folder_without_anything_and_a_plain_file(folder: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(BadData, match="is empty"):
        own.point(folder, "mine", empty)
    (tmp_path / "notes.txt").write_text("no images")
    with pytest.raises(BadData, match="no archive"):
        own.point(folder, "mine", tmp_path / "notes.txt")


@pytest.mark.parametrize(
    "text",
    ["{", "[]x", '[{"name": "a"}]', '[{"name": "../a", "path": "/x", "uploaded": true, "added": 0}]', "[1]",
     '[{"name": "a", "path": "relative", "uploaded": true, "added": 0}]', '{"name": 1}'],
)  # fmt: skip
def test_a_damaged_registry_says_so(text: str, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "own.json").write_text(text)
    with pytest.raises(Damaged, match=r"own\.json"):
        own.everything(folder)


def test_a_registry_that_lies_deletes_nothing_elsewhere(folder: Path, tmp_path: Path) -> None:
    """An entry that calls somebody's file an upload: only what lies in the registry's own folder is ever deleted."""
    folder.mkdir(parents=True)
    precious = tmp_path / "precious.zip"
    precious.write_bytes(b"x")
    (folder / "own.json").write_text(json.dumps([{"name": "a", "path": str(precious), "uploaded": True, "added": 0.0}]))
    own.remove(folder, "a")
    assert precious.exists()
    with pytest.raises(NotFound):
        own.remove(folder, "a")

"""Which datasets are here, and how they go."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.data import installed, torchsets
from engine.data.catalog import DATASETS
from engine.data.load import READERS
from engine.data.torchsets import CIFAR_FOLDERS, IDX, SVHN_FILES


def make(data: Path, name: str, suffix: str = "") -> None:
    for file in installed.FILES[name]:
        path = data / name / f"{file}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(100))


def test_the_files_are_those_that_the_readers_read() -> None:
    assert {Path(file).name for name in ("mnist", "fashion-mnist") for file in installed.FILES[name]} == set(IDX)
    assert set(installed.FILES["svhn"]) == set(SVHN_FILES.values())
    folders = {name: {Path(file).parts[0] for file in installed.FILES[name]} for name in ("cifar10", "cifar100")}
    assert folders == {"cifar10": {CIFAR_FOLDERS["CIFAR10"]}, "cifar100": {CIFAR_FOLDERS["CIFAR100"]}}
    reads = {name for name, reader in READERS.items() if reader.__module__ == torchsets.__name__}
    assert set(installed.FILES) == set(installed.DOWNLOAD) == reads


def test_nothing_is_here_at_first(tmp_path: Path) -> None:
    found = {one.name: one for one in installed.look(tmp_path / "data")}
    assert set(found) == set(DATASETS) - {"folder"}
    assert {name for name, one in found.items() if one.where == "bundled"} == {"digits"}
    assert {name for name, one in found.items() if one.where == "needs path"} == {"tinyimagenet"}
    assert all(one.bytes == 0 for one in found.values())
    assert all((one.where == "absent") == (one.download > 0) for one in found.values())


@pytest.mark.parametrize("name", installed.FILES)
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_whole_or_not_at_all(name: str, suffix: str, tmp_path: Path) -> None:
    make(tmp_path, name, suffix)
    assert installed.is_here(tmp_path, name)
    assert installed.one(tmp_path, name).bytes == 100 * len(installed.FILES[name])
    (tmp_path / name / f"{installed.FILES[name][-1]}{suffix}").rename(tmp_path / name / "half.part")
    left = installed.one(tmp_path, name)
    assert left.where == "absent" and left.bytes > 0, "what takes room can still be removed"
    assert installed.forget(tmp_path, name) == left.bytes and not (tmp_path / name).exists()


def test_sizes_count_links_as_themselves(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "file").write_bytes(bytes(1234))
    outside = tmp_path / "outside"
    outside.write_bytes(bytes(10**6))
    (tmp_path / "a" / "link").symlink_to(outside)
    (tmp_path / "a" / "loop").symlink_to(tmp_path / "a")
    assert 1234 <= installed.size_of(tmp_path / "a") < 10_000
    assert installed.size_of(tmp_path / "missing") == 0


def test_a_stamp_changes_with_the_files(tmp_path: Path) -> None:
    root = tmp_path / "mine"
    (root / "train" / "cats").mkdir(parents=True)
    seen = [installed.stamp(root)]
    (root / "train" / "cats" / "1.png").write_bytes(b"x")
    os.utime(root / "train" / "cats", ns=(1, 1))
    seen.append(installed.stamp(root))
    (root / "train" / "dogs").mkdir()
    os.utime(root / "train", ns=(2, 2))
    seen.append(installed.stamp(root))
    assert len(set(seen)) == 3 and installed.stamp(root) == seen[-1]
    file = tmp_path / "a.zip"
    file.write_bytes(b"1")
    before = installed.stamp(file)
    file.write_bytes(b"12")
    assert installed.stamp(file) != before and installed.stamp(tmp_path / "none") == "missing"

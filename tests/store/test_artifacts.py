"""Files that are whole or not there, and read back as they were written."""

from __future__ import annotations

import errno
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.errors import Damaged, NoSpace, NotFound
from engine.store import artifacts
from engine.store.montage import montage
from engine.store.workspace import RunFolder, Workspace


@pytest.fixture
def run(here: Workspace) -> RunFolder:
    folder = here.run("0123abcd")
    folder.root.mkdir(parents=True)
    return folder


@pytest.mark.parametrize("channels", [1, 3])
def test_snapshots_come_back_exactly(run: RunFolder, channels: int) -> None:
    images = np.random.default_rng(channels).random((6, channels, 5, 5), np.float32)
    artifacts.write_snapshot(run, 120, images, classes=3)
    artifacts.write_snapshot(run, 5, np.flip(images, 0), classes=3)
    assert artifacts.steps(run.snapshots) == [5, 120]
    np.testing.assert_array_equal(artifacts.read_snapshot(run, 120), images)
    assert {path.name for path in run.snapshots.iterdir()} == {
        f"{stem}.{ending}" for stem in ("0000005", "0000120") for ending in ("png", "safetensors")
    }


@pytest.mark.parametrize("channels", [1, 3])
def test_a_montage_has_one_class_per_row(channels: int) -> None:
    images = np.random.default_rng(7).random((6, channels, 4, 4), np.float32)
    sheet = np.asarray(montage(images, 3))
    sheet = sheet.reshape(3 * 5 - 1, 2 * 5 - 1, channels)
    for i, image in enumerate(images):
        row, column = divmod(i, 2)
        tile = sheet[row * 5 : row * 5 + 4, column * 5 : column * 5 + 4]
        np.testing.assert_array_equal(tile, np.rint(image * 255).astype(np.uint8).transpose(1, 2, 0))
    assert (sheet[4] == 255).all() and (sheet[:, 4] == 255).all()


def test_the_picture_on_disk_is_the_montage(run: RunFolder) -> None:
    images = np.random.default_rng(1).random((4, 3, 6, 6), np.float32)
    artifacts.write_snapshot(run, 1, images, classes=2)
    with Image.open(run.snapshots / "0000001.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture), np.asarray(montage(images, 2)))


def test_a_missing_snapshot_says_which_there_are(run: RunFolder) -> None:
    with pytest.raises(NotFound, match="none yet"):
        artifacts.read_snapshot(run, 3)
    artifacts.write_snapshot(run, 10, np.zeros((2, 1, 4, 4), np.float32), classes=2)
    with pytest.raises(NotFound, match="from step 10 to 10"):
        artifacts.read_snapshot(run, 3)


def test_a_damaged_snapshot_is_told(run: RunFolder) -> None:
    artifacts.write_snapshot(run, 10, np.zeros((2, 1, 4, 4), np.float32), classes=2)
    path = run.snapshots / "0000010.safetensors"
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(Damaged, match="another step"):
        artifacts.read_snapshot(run, 10)


def test_what_breaks_off_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), artifacts.whole(path) as part:
        part.write_text("ne")
        raise ZeroDivisionError
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]
    with artifacts.whole(path) as part:
        part.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new" and list(tmp_path.iterdir()) == [path]


def test_a_deleted_folder_does_not_come_back(tmp_path: Path) -> None:
    for write in (artifacts.whole, artifacts.whole_folder):
        with pytest.raises(FileNotFoundError), write(tmp_path / "gone" / "snapshots" / "x"):
            pass
    assert list(tmp_path.iterdir()) == []


def test_what_breaks_off_leaves_the_old_folder(tmp_path: Path) -> None:
    path = tmp_path / "a"
    for text in ("old", "new"):
        with artifacts.whole_folder(path) as part:
            (part / "file").write_text(text)
    with pytest.raises(ZeroDivisionError), artifacts.whole_folder(path) as part:
        (part / "file").write_text("newer")
        raise ZeroDivisionError
    assert (path / "file").read_text() == "new" and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told(tmp_path: Path, number: int) -> None:
    for write in (artifacts.whole, artifacts.whole_folder):
        with pytest.raises(NoSpace, match="free some space"), write(tmp_path / "x"):
            raise OSError(number, "full")
    assert list(tmp_path.iterdir()) == []


def test_other_disk_errors_stay_themselves(tmp_path: Path) -> None:
    with pytest.raises(PermissionError), artifacts.whole(tmp_path / "x"):
        raise PermissionError(errno.EACCES, "no")


def test_json_is_strict(run: RunFolder) -> None:
    with pytest.raises(ValueError, match="JSON"):
        artifacts.write_json(run.config, {"x": math.nan})
    assert not run.config.exists()
    artifacts.write_json(run.config, {"x": [1, "é"]})
    assert artifacts.read_json(run.config) == {"x": [1, "é"]}
    run.config.write_text("{")
    with pytest.raises(Damaged):
        artifacts.read_json(run.config)


def test_a_log_is_read_in_increments(run: RunFolder) -> None:
    assert artifacts.read_log(run, 0) == ("", 0)
    artifacts.log(run, "It began.")
    text, end = artifacts.read_log(run, 0)
    assert text.endswith("  It began.\n") and end == run.log.stat().st_size
    artifacts.log(run, "70.4 ± 0.3 %")
    assert artifacts.read_log(run, end)[0].endswith("  70.4 ± 0.3 %\n")


def test_half_a_letter_waits_for_its_other_half(run: RunFolder) -> None:
    whole = "±".encode()
    run.log.write_bytes(b"ab" + whole[:1])
    assert artifacts.read_log(run, 0) == ("ab", 2)
    run.log.write_bytes(b"ab" + whole)
    assert artifacts.read_log(run, 2) == ("±", 4)


def test_a_huge_log_comes_in_pieces(run: RunFolder) -> None:
    text = "abc±" * (artifacts.LOG_CHUNK // 4)
    run.log.write_text(text, encoding="utf-8")
    pieces, end = [], 0
    while (piece := artifacts.read_log(run, end))[0]:
        pieces.append(piece[0])
        end = piece[1]
    assert len(pieces) > 1 and "".join(pieces) == text

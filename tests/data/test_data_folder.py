"""Folders of images as a source."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from engine.data import folder
from engine.data.folder import Folder
from engine.data.ticker import Ticker
from engine.errors import BadData
from tests.data.samples import as_folder, pictures

FILES = pictures(np.random.default_rng(1), {"train/a": 2, "train/b": 2})
TICK = Ticker()


def refusal(root: Path) -> str:
    with pytest.raises(BadData) as caught:
        dict(Folder(root, TICK).files(TICK))
    return str(caught.value)


def test_images_are_read_and_junk_is_not(tmp_path: Path) -> None:
    junk = {
        ".DS_Store": b"x",
        ".git/a.png": b"x",
        "__MACOSX/b.png": b"x",
        "train/a/Thumbs.db": b"x",
        "README.txt": b"x",
    }
    source = Folder(as_folder(tmp_path, FILES | junk), TICK)
    assert dict(source.files(TICK)) == FILES
    assert source.names() == sorted(FILES)


def test_the_digest_follows_content_and_names_and_nothing_else(tmp_path: Path) -> None:
    def digest(name: str, files: dict[str, bytes]) -> str:
        return Folder(as_folder(tmp_path / name, files), TICK).digest(TICK)

    base = digest("one", FILES)
    assert digest("two", FILES | {"notes.txt": b"x"}) == base
    first = min(FILES)
    changed = FILES[first][:-1] + b"\0"
    assert digest("three", FILES | {first: changed}) != base
    assert digest("four", {f"{name}.png": content for name, content in FILES.items()}) != base


@pytest.mark.parametrize("target", ["outside.png", "outside", "nowhere-at-all"])
def test_a_link_that_leads_outside_is_refused(tmp_path: Path, target: str) -> None:
    root = as_folder(tmp_path / "root", FILES)
    as_folder(tmp_path, {"outside.png": b"x", "outside/c.png": b"x"})
    (root / "train" / "link").symlink_to(tmp_path / target)
    assert "leads outside" in refusal(root)


def test_a_link_that_leads_to_itself_is_refused(tmp_path: Path) -> None:
    root = as_folder(tmp_path / "root", FILES)
    (root / "train" / "c.png").symlink_to("c.png")
    assert "link" in refusal(root)


def test_links_that_stay_inside_are_not_followed(tmp_path: Path) -> None:
    root = as_folder(tmp_path / "root", FILES)
    (root / "train" / "a" / "again.png").symlink_to("0.png")
    (root / "train" / "c").symlink_to("a")
    (root / "train" / "loop").symlink_to("..")
    assert dict(Folder(root, TICK).files(TICK)) == FILES


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(as_folder(tmp_path / "root", FILES))
    assert dict(Folder(tmp_path / "link", TICK).files(TICK)) == FILES


def test_a_pipe_called_like_an_image_is_refused(tmp_path: Path) -> None:
    root = as_folder(tmp_path, FILES)
    os.mkfifo(root / "train" / "a" / "pipe.png")
    assert "pipe.png" in refusal(root)


@pytest.mark.parametrize("name", ["a\nb.png", "a\\b.png", os.fsdecode(b"\xff.png")])
def test_names_that_cannot_be_shown_are_refused(tmp_path: Path, name: str) -> None:
    message = refusal(as_folder(tmp_path, FILES | {f"train/a/{name}": b"x"}))
    assert "rename it" in message
    assert message.isprintable()


def test_a_folder_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a stand-in for the system's refusal: whoever runs the tests may be allowed everything."""
    root = as_folder(tmp_path, FILES)

    def scandir(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", scandir)
    assert f"'{root}' cannot be read (Permission denied)" in refusal(root)


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = as_folder(tmp_path, FILES)
    source = Folder(root, TICK)
    (root / "train/a/0.png").unlink()
    with pytest.raises(BadData, match=r"'train/a/0\.png' cannot be read"):
        source.digest(TICK)


def test_limits_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = as_folder(tmp_path, FILES)
    monkeypatch.setattr(folder, "MAX_FILE_BYTES", 10)
    assert "larger than" in refusal(root)
    monkeypatch.setattr(folder, "MAX_FILES", 3)
    assert "more than" in refusal(root)

"""What a folder and an archive of images have in common: named files, read one after the other, within limits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from engine.data.decode import SUFFIXES
from engine.data.layout import NOTES
from engine.data.ticker import Ticker
from engine.errors import BadData

MAX_FILES = 2_000_000
MAX_FILE_BYTES = 256 * 2**20
MAX_PATH = 1000
SHOWN = 3  # names that a message quotes


class Source(Protocol):
    """Image files by relative path. `title` names it in messages, beginning with a capital letter."""

    title: str
    others: list[str]
    """The first few names that are no images: what a message shows when there are no images."""

    def digest(self, tick: Ticker) -> str:
        """Hex SHA-256 that changes with the content."""

    def names(self) -> list[str] | None:
        """Paths of the images when they can be had without reading everything, else None."""

    def files(self, tick: Ticker) -> Iterator[tuple[str, bytes]]:
        """(path, content) of every image and annotation file. Raises BadData on whatever is damaged or hostile."""


def exists(path: Path) -> bool:
    """Whether there is something at `path`; also False where it may not be looked at."""
    try:
        return path.exists()
    except OSError:
        return False


def hidden(path: str) -> bool:
    """Whether a system left it behind for itself: .DS_Store, .git, __MACOSX."""
    return any(part.startswith(".") or part == "__MACOSX" for part in path.split("/"))


def wanted(path: str) -> bool:
    """Whether the file is an image or annotations."""
    return not hidden(path) and (is_notes(path) or path.rpartition(".")[2].lower() in SUFFIXES)


def is_notes(path: str) -> bool:
    return path.rpartition("/")[2] == NOTES


def remember(path: str, others: list[str]) -> None:
    """Keeps the first few names that are no images."""
    if len(others) < SHOWN and path.isprintable():
        others.append(path)


def clean_path(name: str, title: str) -> str:
    """`name` with '/' between its parts and without '.'. Raises BadData for a path that leads outside."""
    flat = name.replace("\\", "/")
    parts = [part for part in flat.split("/") if part not in ("", ".")]
    if flat.startswith("/") or re.match(r"[A-Za-z]:/", flat) or ".." in parts:
        raise BadData(
            f"{title} holds the path {name[:200]!a}, which leads outside of it; it is refused. Make it again without such paths."
        )
    return "/".join(parts)


def check_shown(path: str, title: str) -> None:
    """Raises BadData for an image whose path no message or screen could show."""
    if len(path) > MAX_PATH or not path.isprintable():
        raise BadData(
            f"{title} holds the path {path[:200]!a}; rename it to at most {MAX_PATH} printable characters (UTF-8)."
        )


def too_many(title: str) -> BadData:
    return BadData(f"{title} holds more than {MAX_FILES:,} files, the most that are read; give a smaller part of it.")


def too_large(path: str, title: str) -> BadData:
    megabytes = MAX_FILE_BYTES // 2**20
    return BadData(
        f"'{path}' in {title[0].lower()}{title[1:]} is larger than {megabytes} MB, the most one image may take; remove it."
    )

"""A folder of images as a source. Links are never followed; one that leads outside is refused."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from engine.data.source import (
    MAX_FILE_BYTES,
    MAX_FILES,
    check_shown,
    clean_path,
    hidden,
    is_notes,
    remember,
    too_large,
    too_many,
    wanted,
)
from engine.data.ticker import Ticker
from engine.errors import BadData

MAX_DEPTH = 8  # folders below the top; the deepest known layout has five


class Folder:
    """Lists its files when made. Raises BadData when it cannot be read, or holds a link to somewhere else."""

    def __init__(self, root: Path, tick: Ticker) -> None:
        self.root = root.resolve()
        self.title = f"Folder '{root}'"
        self.others: list[str] = []
        self.paths = self._list(tick)

    def _list(self, tick: Ticker) -> list[str]:
        """Relative paths, sorted, of the images and annotation files."""
        found: list[str] = []
        seen, waiting = 0, [(self.root, "", 0)]
        while waiting:
            folder, above, depth = waiting.pop()
            for entry in self._entries(folder):
                tick("listing files", seen)
                seen += 1
                if seen > MAX_FILES:
                    raise too_many(self.title)
                path = above + entry.name
                if hidden(path):
                    continue
                if entry.is_symlink():
                    self._check_link(entry, path)
                elif entry.is_dir():
                    if depth < MAX_DEPTH:
                        waiting.append((Path(entry.path), f"{path}/", depth + 1))
                elif wanted(path):
                    found.append(self._checked(entry, path))
                else:
                    remember(path, self.others)
        return sorted(found)

    def _entries(self, folder: Path) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                return list(entries)
        except OSError as error:
            raise self._unreadable(str(folder), error) from None

    def _check_link(self, entry: os.DirEntry[str], path: str) -> None:
        try:
            inside = Path(entry.path).resolve().is_relative_to(self.root)
        except (OSError, RuntimeError):  # a link that leads to itself
            inside = False
        if not inside:
            raise BadData(
                f"{self.title} holds the link {path!a}, which leads outside of it; replace it by the file itself."
            )

    def _checked(self, entry: os.DirEntry[str], path: str) -> str:
        if not entry.is_file(follow_symlinks=False):
            raise BadData(f"{path!a} in folder '{self.root}' is no ordinary file; remove it.")
        if clean_path(path, self.title) != path:
            raise BadData(f"{path!a} in folder '{self.root}' has a backslash in its name; rename it.")
        check_shown(path, self.title)
        return path

    def _unreadable(self, path: str, error: OSError) -> BadData:
        return BadData(
            f"'{path}' cannot be read ({error.strerror or error}); check that it is there and that you may read it."
        )

    def names(self) -> list[str] | None:
        return [path for path in self.paths if not is_notes(path)]

    def digest(self, tick: Ticker) -> str:
        digest = hashlib.sha256()
        for done, path in enumerate(self.paths):
            tick("looking for changed files", done, len(self.paths))
            content = self._read(path)
            digest.update(f"{path}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()

    def files(self, tick: Ticker) -> Iterator[tuple[str, bytes]]:
        for done, path in enumerate(self.paths):
            tick("reading images", done, len(self.paths))
            yield path, self._read(path)

    def _read(self, path: str) -> bytes:
        try:
            with (self.root / path).open("rb") as file:
                content = file.read(MAX_FILE_BYTES + 1)
        except OSError as error:
            raise self._unreadable(path, error) from None
        if len(content) > MAX_FILE_BYTES:
            raise too_large(path, self.title)
        return content

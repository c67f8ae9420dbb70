"""A person's own datasets: which there are and where. Torch-free.

<workspace>/datasets/own.json names them. A folder or archive of this machine is only pointed at, and never changed or deleted;
an upload is kept beside that file, under the dataset's name, and goes when the dataset is removed.
"""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

import filelock

from engine.data.archive import KINDS, open_archive
from engine.data.catalog import DATASETS
from engine.errors import BadData, BadRequest, Damaged, NoSpace, NotFound, RunFailed
from engine.paths import given_path
from engine.store import artifacts

NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 _.-]{0,38}[A-Za-z0-9_-])?", re.ASCII)
SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz2")
MAX_UPLOAD = 4 * 2**30  # bytes
LEAST_FREE = 10**9  # bytes that stay free on the disk
CHUNK = 2**20
MOST = 1000  # own datasets; more are a mistake


@dataclass(frozen=True)
class Own:
    """One entry. `path`: absolute; `uploaded`: whether the file at `path` is the workspace's own copy; `added`: seconds since the
    epoch."""

    name: str
    path: str
    uploaded: bool
    added: float


def everything(folder: Path) -> list[Own]:
    """All entries of the registry in `folder`, by name. Raises Damaged when its file cannot be read."""
    try:
        text = _register(folder).read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise _damaged(folder, error) from None
    try:
        found = [Own(**entry) for entry in json.loads(text)]
        if any(not (_fits(one.name) and Path(one.path).is_absolute()) for one in found):
            raise ValueError("an entry has no usable name or path")
    except (ValueError, TypeError, AttributeError) as error:
        raise _damaged(folder, error) from None
    return sorted(found, key=lambda one: one.name.lower())


def find(folder: Path, name: str) -> Own:
    """Raises NotFound."""
    known = everything(folder)
    for one in known:
        if one.name == name:
            return one
    have = ", ".join(f"'{one.name}'" for one in known) or "none yet"
    raise NotFound(f"There is no own dataset '{name!s:.40}'; there is: {have}.")


def point(folder: Path, name: str, given: Path) -> Own:
    """Adds a folder or archive of this machine under `name`. Raises BadRequest for the name, BadData for the path."""
    path = _usable(given)
    with _changing(folder, name) as known:
        return _add(folder, known, Own(name, str(path), False, time.time()))


def keep(folder: Path, name: str, stream: BinaryIO, filename: str) -> Own:
    """Adds an uploaded archive under `name`: read in chunks, kept only when whole and an archive.

    `filename`: what the person's machine calls it; its ending alone is used. Raises BadRequest for the name, BadData for what is no
    archive or too large, NoSpace when the disk would be full.
    """
    suffix = _suffix(filename)
    with _changing(folder, name) as known:
        target, part = folder / f"{name}{suffix}", folder / f"{name}{suffix}.part"
        if target.exists():
            raise BadRequest(f"'{target}' is there already and is never overwritten; choose another name.")
        try:
            _stream(stream, part)
            open_archive(part)  # by a look at its ends; all else is told by the look inside
            part.replace(target)
        except OSError as error:
            raise NoSpace(
                f"The upload could not be kept in '{folder}' ({error.strerror or error}); free some space."
            ) from None
        except BadData as error:
            raise BadData(str(error).replace(str(part), filename or target.name)) from None
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)
        return _add(folder, known, Own(name, str(target), True, time.time()))


def remove(folder: Path, name: str) -> Own:
    """Forgets the dataset; an uploaded archive is deleted, anything else stays where it is. Raises NotFound."""
    gone = find(folder, name)
    with _locked(folder):
        _write(folder, [one for one in everything(folder) if one.name != name])
        if gone.uploaded and Path(gone.path).parent == folder:
            Path(gone.path).unlink(missing_ok=True)
    return gone


def _usable(given: Path) -> Path:
    """The absolute path of a folder that holds something, or of an archive. Raises BadData."""
    text = str(given)
    if not text.strip() or not text.isprintable() or len(text) > 1000:
        raise BadData("The path is empty, too long or has invisible characters; give the path of a folder or archive.")
    try:
        path = given_path(text.strip()).resolve()
        if path.is_dir():
            if not any(path.iterdir()):
                raise BadData(f"Folder '{path}' is empty; give one with images, laid out as <class>/<image>.")
        elif path.is_file():
            open_archive(path)
        else:
            raise BadData(f"'{path}' does not exist; give an existing folder, or an archive of kind {KINDS}.")
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise BadData(
            f"'{text:.200}' cannot be read ({reason}); check that it is there and that you may read it."
        ) from None
    return path


def _suffix(filename: str) -> str:
    """The ending of an archive's name. Raises BadData when it has none that is known."""
    for suffix in SUFFIXES:
        if filename.lower().endswith(suffix):
            return suffix
    raise BadData(f"'{filename:.80}' is not the name of an archive; give one of kind {KINDS}.")


def _stream(stream: BinaryIO, part: Path) -> None:
    total, room = 0, shutil.disk_usage(part.parent).free - LEAST_FREE
    with part.open("wb") as file:
        while chunk := stream.read(CHUNK):
            total += len(chunk)
            if total > MAX_UPLOAD:
                raise BadData(
                    f"The upload is larger than {MAX_UPLOAD >> 30} GB; put it on this machine and give its path instead."
                )
            if total > room:
                raise NoSpace(
                    f"The upload leaves less than {LEAST_FREE // 10**9} GB free on the workspace's disk; free some space first."
                )
            file.write(chunk)
    if not total:
        raise BadData("The upload is empty; choose another file.")


def _fits(name: object) -> bool:
    return isinstance(name, str) and NAME.fullmatch(name) is not None


@contextmanager
def _changing(folder: Path, name: str) -> Iterator[list[Own]]:
    """The registry under its lock, once it is sure that `name` may be added. Raises BadRequest."""
    if not _fits(name):
        raise BadRequest(
            f"'{name!s:.60}' cannot be a dataset's name; give 1 to 40 letters, digits, spaces, '_', '.' or '-', beginning with a "
            "letter or digit."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunFailed(f"'{folder}' cannot be made ({error.strerror}); check the workspace's permissions.") from None
    with _locked(folder):
        artifacts.sweep(folder)
        known = everything(folder)
        taken = {one.name.lower() for one in known} | {*DATASETS} | {spec.title.lower() for spec in DATASETS.values()}
        if name.lower() in taken:
            raise BadRequest(f"A dataset is called '{name}' already; choose another name.")
        if len(known) >= MOST:
            raise BadRequest(f"There are {MOST:,} own datasets already; remove some first.")
        yield known


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    try:
        with filelock.FileLock(folder / ".lock", timeout=30):
            yield
    except filelock.Timeout:
        raise RunFailed("Another dataset is being added just now; try again when that is done.") from None


def _add(folder: Path, known: list[Own], one: Own) -> Own:
    _write(folder, [*known, one])
    return one


def _write(folder: Path, entries: list[Own]) -> None:
    """The registry appears whole or not at all."""
    part = _register(folder).with_suffix(".json.part")
    try:
        part.write_text(json.dumps([asdict(one) for one in entries], indent=1), encoding="utf-8")
        part.replace(_register(folder))
    except OSError as error:
        raise NoSpace(
            f"'{_register(folder)}' cannot be written ({error.strerror or error}); free some space."
        ) from None


def _register(folder: Path) -> Path:
    return folder / "own.json"


def _damaged(folder: Path, error: Exception) -> Damaged:
    return Damaged(
        f"'{_register(folder)}' cannot be read ({error!s:.100}); move it away, then add your datasets again."
    )

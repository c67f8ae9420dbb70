"""A .zip or .tar archive of images as a source. Archives are hostile until read: nothing is ever written to disk, members
are read in memory one by one, and every limit counts bytes that really came out rather than what a header promises."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import IO, BinaryIO, NoReturn, cast

from engine.data.source import (
    MAX_FILE_BYTES,
    MAX_FILES,
    Source,
    check_shown,
    clean_path,
    is_notes,
    remember,
    too_large,
    too_many,
    wanted,
)
from engine.data.ticker import KB, MB, Ticker
from engine.errors import BadData

MAX_TOTAL_BYTES = 256 * 2**30
FREE_BYTES = 256 * 2**20  # an archive may always unpack to this much
MAX_RATIO = 100  # and to this many times its own size beyond; photographs hardly shrink, a bomb does a thousandfold
MAX_HEADER_BYTES = 2**20  # bytes of headers between two members of a tar
CHUNK = 2**20
KINDS = ".zip, .tar, .tar.gz, .tar.xz or .tar.bz2"
BROKEN = (
    tarfile.TarError, zipfile.BadZipFile, lzma.LZMAError, zlib.error, struct.error, EOFError, OSError, ValueError,
    RuntimeError, NotImplementedError, IndexError, KeyError, MemoryError,
)  # fmt: skip

Opener = Callable[[BinaryIO], IO[bytes]]
INFLATE: dict[bytes, Opener] = {
    b"\x1f\x8b": lambda raw: cast("IO[bytes]", gzip.GzipFile(fileobj=raw)),
    b"\xfd7zXZ\0": lambda raw: cast("IO[bytes]", lzma.LZMAFile(raw)),  # noqa: SIM115 - the caller closes it
    b"BZh": lambda raw: cast("IO[bytes]", bz2.BZ2File(raw)),
}


def open_archive(path: Path) -> Source:
    """The archive as a source, told by its first bytes. Raises BadData when it is none of the kinds read, or damaged as far as it was
    looked at: the first block of a .tar, the end of a .zip."""
    try:
        with path.open("rb") as file:
            head = file.read(512)
    except OSError as error:
        raise BadData(f"'{path}' cannot be read ({error.strerror or error}); check that you may read it.") from None
    if head.startswith((b"PK\3\4", b"PK\5\6")):
        return Zip(path)
    for magic, opener in INFLATE.items():
        if head.startswith(magic):
            return Tar(path, opener)
    if head[257:262] == b"ustar" or path.suffix.lower() == ".tar":
        return Tar(path, lambda raw: raw)
    raise BadData(f"File '{path}' is no archive that can be read; give a folder, or an archive of kind {KINDS}.")


class Budget:
    """Counts what comes out of an archive. Raises BadData when it is far more than images can shrink to."""

    def __init__(self, path: Path, title: str) -> None:
        self.title = title
        self.left = min(MAX_TOTAL_BYTES, FREE_BYTES + MAX_RATIO * path.stat().st_size)

    def spend(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise BadData(
                f"{self.title} unpacks to more than {MAX_RATIO} times its size, as only a decompression bomb does; it is "
                "refused. Give an archive of image files."
            )


class _Archive:
    """What both kinds share."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.title = f"Archive '{path}'"
        self.others: list[str] = []

    def digest(self, tick: Ticker) -> str:
        digest = hashlib.sha256()
        with self.damage(tick), self.path.open("rb") as file:
            total = self.path.stat().st_size
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                tick("checking the archive, MB", file.tell() // MB, total // MB)
        return digest.hexdigest()

    @contextmanager
    def damage(self, tick: Ticker) -> Iterator[None]:
        """Turns what a parser raises inside into one sentence; the listener's own wish to stop passes through."""
        try:
            yield
        except BROKEN as error:
            if error is tick.raised:
                raise
            reason = "password needed" if "password" in str(error) else str(error) or type(error).__name__
            raise BadData(
                f"{self.title} is damaged, cut short or no such archive ({reason:.200}); fetch or make it again."
            ) from None

    def refuse(self, name: str, what: str) -> NoReturn:
        raise BadData(
            f"{self.title} holds {name[:200]!a}, which is {what}; it is refused. Make it again with plain files only."
        )

    def is_wanted(self, path: str) -> bool:
        if wanted(path):
            check_shown(path, self.title)
            return True
        remember(path, self.others)
        return False


class _Inflow:
    """The unpacked bytes of a tar as they stream by, counted. `window` is how many more may come before the next look:
    it keeps a header that claims to be gigabytes long out of memory."""

    def __init__(self, stream: IO[bytes], budget: Budget, tick: Callable[[], None]) -> None:
        self.stream, self.budget, self.tick, self.window = stream, budget, tick, MAX_HEADER_BYTES

    def read(self, size: int) -> bytes:
        self.tick()
        block = self.stream.read(size)
        self.budget.spend(len(block))
        self.window -= len(block)
        if self.window < 0:
            raise BadData(f"{self.budget.title} holds a file header of more than 1 MB; it is refused. Make it again.")
        return block


class _Header(tarfile.TarInfo):
    """A header that is not silently taken for the end of the archive when it is damaged or missing."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _Header:
        if len(buf) == tarfile.BLOCKSIZE and not any(buf):
            return super().frombuf(buf, encoding, errors)  # the proper end: raises what tarfile expects there
        try:
            header = super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            raise tarfile.ReadError(str(error)) from None
        if header.size < 0:
            raise tarfile.ReadError("negative size")
        return header


class Tar(_Archive):
    """A tar, read from front to back in one pass."""

    def __init__(self, path: Path, opener: Opener) -> None:
        super().__init__(path)
        self.opener = opener
        with self.damage(Ticker()), path.open("rb") as raw, opener(raw) as stream:
            block = stream.read(tarfile.BLOCKSIZE)
            if any(block) or not block:  # zeros: the end of an archive without files
                _Header.frombuf(block, tarfile.ENCODING, "surrogateescape")

    def names(self) -> list[str] | None:
        return None

    def files(self, tick: Ticker) -> Iterator[tuple[str, bytes]]:
        with self.damage(tick), self.path.open("rb") as raw, self.opener(raw) as stream:
            size = self.path.stat().st_size

            def beat() -> None:
                tick("reading the archive, KB", raw.tell() // KB, size // KB)

            inflow = _Inflow(stream, Budget(self.path, self.title), beat)
            yield from self._members(inflow)
            inflow.window = MAX_TOTAL_BYTES
            while inflow.read(CHUNK):  # to the very end, where the checksum is
                pass

    def _members(self, inflow: _Inflow) -> Iterator[tuple[str, bytes]]:
        with tarfile.open(fileobj=cast("IO[bytes]", inflow), mode="r|", tarinfo=_Header) as tar:
            count = 0
            while (member := tar.next()) is not None:
                tar.members.clear()  # type: ignore[attr-defined]  # tarfile would keep a record of every member
                count += 1
                if count > MAX_FILES:
                    raise too_many(self.title)
                path = self._checked(member)
                inflow.window = member.size + MAX_HEADER_BYTES
                if not member.isdir() and self.is_wanted(path):
                    yield path, self._read(tar, member, path)

    def _checked(self, member: tarfile.TarInfo) -> str:
        if member.issym() or member.islnk():
            self.refuse(member.name, "a link")
        if not (member.isreg() or member.isdir()) or member.issparse() or member.size < 0:
            self.refuse(member.name, "no plain file")
        return clean_path(member.name, self.title)

    def _read(self, tar: tarfile.TarFile, member: tarfile.TarInfo, path: str) -> bytes:
        if member.size > MAX_FILE_BYTES:
            raise too_large(path, self.title)
        file = tar.extractfile(member)
        return file.read() if file else b""


class Zip(_Archive):
    """A zip, read in the order of its directory. That is not looked at before it is needed: a small file may list millions."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        with self.damage(Ticker()):
            if not zipfile.is_zipfile(path):
                raise zipfile.BadZipFile("its end is missing")

    @cached_property
    def entries(self) -> dict[str, zipfile.ZipInfo]:
        """Images and annotations by path. Raises BadData."""
        with self.damage(Ticker()), zipfile.ZipFile(self.path) as archive:
            listed = archive.infolist()
        if len(listed) > MAX_FILES:
            raise too_many(self.title)
        found: dict[str, zipfile.ZipInfo] = {}
        for entry in listed:
            name = self._checked(entry)
            if not entry.is_dir() and self.is_wanted(name):
                if name in found:
                    raise BadData(f"{self.title} holds '{name}' twice; make it again with each file once.")
                found[name] = entry
        return found

    def _checked(self, entry: zipfile.ZipInfo) -> str:
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind == stat.S_IFLNK:
            self.refuse(entry.filename, "a link")
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            self.refuse(entry.filename, "no plain file")
        return clean_path(entry.filename, self.title)

    def names(self) -> list[str] | None:
        return [path for path in self.entries if not is_notes(path)]

    def files(self, tick: Ticker) -> Iterator[tuple[str, bytes]]:
        budget = Budget(self.path, self.title)
        with self.damage(tick), zipfile.ZipFile(self.path) as archive:
            for done, (path, entry) in enumerate(self.entries.items()):
                tick("reading images", done, len(self.entries))
                with archive.open(entry) as file:
                    content = file.read(MAX_FILE_BYTES + 1)
                budget.spend(len(content))
                if len(content) > MAX_FILE_BYTES:
                    raise too_large(path, self.title)
                yield path, content

"""Downloads: one file into its place, whole and with the right checksum, or not at all."""

from __future__ import annotations

import errno
import hashlib
import http.client
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from engine.data.ticker import MB, Ticker, watched
from engine.errors import BadData, NoSpace

CHUNK = 2**16
MAX_BYTES = 2**30  # the largest file that is fetched has 182 MB
SILENCE_SECONDS = 20.0  # a server that says nothing for this long is given up
FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass
class _Count:
    done: int = 0
    total: int = 0


def checksum(path: Path, tick: Callable[[], None]) -> str:
    """Hex MD5 of a file: the sums that torchvision publishes are MD5."""
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(2**20):
            digest.update(chunk)
            tick()
    return digest.hexdigest()


def fetch(urls: Sequence[str], target: Path, md5: str, name: str, tick: Ticker) -> None:
    """`target` from the first of `urls` that has it, unless it is there already. `name` is the dataset's, for messages.

    Raises BadData when none has it, NoSpace when the disk is full. The file appears under its name only when whole.
    """
    make_folder(target.parent, name)
    with alone(target.parent, name, tick):
        if target.is_file() and checksum(target, lambda: tick(f"checking {target.name}")) == md5:
            return
        reasons = []
        for url in urls:
            try:
                _download(url, target, md5, name, tick)
            except _Failed as failure:
                reasons.append(str(failure))
            else:
                return
    raise BadData(
        f"Dataset '{name}' could not be downloaded ({reasons[-1]}); put {target.name} from {urls[0]} into '{target.parent}', "
        "or set data_dir to a folder that has the dataset."
    )


def make_folder(folder: Path, name: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, name, error) from None


def unwritable(folder: Path, name: str, error: OSError) -> BadData | NoSpace:
    """The sentence for a folder that dataset `name` cannot be written to."""
    if error.errno in FULL:
        return NoSpace(
            f"The disk is full: dataset '{name}' does not fit into '{folder}'; free some space or move the workspace."
        )
    return BadData(
        f"Dataset '{name}' cannot be written to '{folder}' ({error.strerror or error}); make that folder writable or set data_dir."
    )


class _Failed(Exception):
    """This address did not give the file; the next may."""


@contextmanager
def alone(folder: Path, name: str, tick: Ticker) -> Iterator[None]:
    """Waits until no other run downloads into `folder`, then keeps others waiting."""
    lock = FileLock(folder / ".lock")
    while True:
        try:
            lock.acquire(timeout=0.2)
            break
        except Timeout:
            tick("waiting for another run's download")
        except OSError as error:
            raise unwritable(folder, name, error) from None
    try:
        yield
    finally:
        lock.release()


def _download(url: str, target: Path, md5: str, name: str, tick: Ticker) -> None:
    part = target.with_name(f"{target.name}.part")
    count = _Count()

    def work(leave: threading.Event) -> str:
        return _stream(url, part, count, leave)

    try:
        found = watched(work, lambda: tick(f"downloading {name}, MB", count.done // MB, count.total // MB))
        if found != md5:
            raise _Failed(f"{url} gave a damaged file")
        part.replace(target)
    except OSError as error:
        if error is tick.raised:
            raise
        raise unwritable(target.parent, name, error) from None
    finally:
        part.unlink(missing_ok=True)


def _stream(url: str, part: Path, count: _Count, leave: threading.Event) -> str:
    """Writes what `url` gives to `part`; its MD5. Ends early when `leave` is set."""
    digest = hashlib.md5(usedforsecurity=False)
    with part.open("wb") as file:
        for chunk in _chunks(url, count, leave):
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()


def _chunks(url: str, count: _Count, leave: threading.Event) -> Iterator[bytes]:
    request = urllib.request.Request(url, headers={"User-Agent": "distillery"})  # noqa: S310 - from torchvision's tables
    try:
        with urllib.request.urlopen(request, timeout=SILENCE_SECONDS) as answer:  # noqa: S310
            count.done, count.total = 0, int(answer.headers.get("Content-Length") or 0)
            while not leave.is_set() and (chunk := answer.read(CHUNK)):
                count.done += len(chunk)
                if count.done > MAX_BYTES:
                    raise _Failed(f"{url} gave more than {MAX_BYTES // MB:,} MB")
                yield chunk
    except (OSError, http.client.HTTPException, ValueError) as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()
        reason = getattr(error, "reason", error)
        raise _Failed(f"{url}: {getattr(reason, 'strerror', None) or reason}") from None

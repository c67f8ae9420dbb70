"""Downloads, from addresses on this machine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from filelock import FileLock

from engine.data import fetch as fetching
from engine.data.fetch import fetch
from engine.data.ticker import Ticker
from engine.errors import BadData, NoSpace
from engine.events import Progress
from tests.servers import Silent, serving

CONTENT = bytes(range(256)) * 20_000
MD5 = hashlib.md5(CONTENT).hexdigest()


class Stop(Exception):
    pass


class Server(Silent):
    """/whole gives the content, /short less than it promises, /slow a little of it and then nothing; all else is missing."""

    def do_GET(self) -> None:  # noqa: N802  # what http.server calls
        if self.path not in ("/whole", "/short", "/slow"):
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        with suppress(ConnectionError):  # the other side may have had enough
            self.wfile.write(CONTENT if self.path == "/whole" else CONTENT[:100_000])
        if self.path == "/slow":
            self.wfile.flush()
            self.over.wait(30)


@pytest.fixture
def server() -> Iterator[str]:
    with serving(Server) as url:
        yield url


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {".lock"}


def test_a_file_arrives_whole_from_the_first_address_that_has_it(tmp_path: Path, server: str) -> None:
    said: list[Progress] = []
    urls = [f"{server}/missing", f"{server}/short", f"{server}/whole"]
    fetch(urls, tmp_path / "new" / "x.gz", MD5, "mnist", Ticker(said.append))
    assert (tmp_path / "new" / "x.gz").read_bytes() == CONTENT
    assert files(tmp_path / "new") == {"x.gz"}
    assert said[0].phase == "downloading mnist, MB"


def test_what_is_there_already_is_not_fetched(tmp_path: Path) -> None:
    (tmp_path / "x.gz").write_bytes(CONTENT)
    fetch(["http://127.0.0.1:9/none"], tmp_path / "x.gz", MD5, "mnist", Ticker())


def test_a_damaged_copy_is_replaced(tmp_path: Path, server: str) -> None:
    (tmp_path / "x.gz").write_bytes(CONTENT[:7])
    fetch([f"{server}/whole"], tmp_path / "x.gz", MD5, "mnist", Ticker())
    assert (tmp_path / "x.gz").read_bytes() == CONTENT


@pytest.mark.parametrize("path", ["missing", "short"])
def test_nothing_appears_when_no_address_has_it(tmp_path: Path, server: str, path: str) -> None:
    with pytest.raises(BadData, match=r"put x\.gz from http://.*set data_dir"):
        fetch([f"{server}/{path}"], tmp_path / "x.gz", MD5, "mnist", Ticker())
    assert not files(tmp_path)


def test_a_silent_server_is_given_up(tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "SILENCE_SECONDS", 0.2)
    with pytest.raises(BadData, match="timed out"):
        fetch([f"{server}/slow"], tmp_path / "x.gz", MD5, "mnist", Ticker())


def test_more_than_any_dataset_has_is_not_taken(tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MAX_BYTES", 2**20)
    with pytest.raises(BadData, match="gave more than 1 MB"):
        fetch([f"{server}/whole"], tmp_path / "x.gz", MD5, "mnist", Ticker())
    assert not files(tmp_path)


def test_a_wish_to_stop_is_served_while_the_server_is_silent(tmp_path: Path, server: str) -> None:
    heard = 0

    def report(_: Progress) -> None:
        nonlocal heard
        heard += 1
        if heard > 2:
            Server.over.set()
            raise Stop

    with pytest.raises(Stop):
        fetch([f"{server}/slow"], tmp_path / "x.gz", MD5, "mnist", Ticker(report))
    assert not files(tmp_path)


def test_two_runs_do_not_fetch_at_once(tmp_path: Path) -> None:
    """While another holds the folder this one waits and says so; then it finds the file there."""
    other = FileLock(tmp_path / ".lock")
    other.acquire()
    said: list[str] = []

    def report(progress: Progress) -> None:
        said.append(progress.phase)
        (tmp_path / "x.gz").write_bytes(CONTENT)
        other.release(force=True)

    fetch(["http://127.0.0.1:9/none"], tmp_path / "x.gz", MD5, "mnist", Ticker(report))
    assert said[0] == "waiting for another run's download"


def test_a_full_disk_is_told_apart(tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def update(self, _: bytes) -> None:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("hashlib.md5", lambda **_: Full())
    with pytest.raises(NoSpace, match="The disk is full"):
        fetch([f"{server}/whole"], tmp_path / "x.gz", MD5, "mnist", Ticker())
    assert not files(tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(BadData, match="cannot be written to"):
        fetch(["http://127.0.0.1:9/none"], tmp_path / "file" / "x.gz", MD5, "mnist", Ticker())

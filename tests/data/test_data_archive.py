"""Archives: read whole when they are well, refused in one sentence when they are not."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import stat
import tarfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.data import archive, source
from engine.data.archive import open_archive
from engine.data.ticker import Ticker
from engine.errors import BadData
from tests.data.samples import TAR_MODES, as_tar, as_zip, member, pack, pictures

SUFFIXES = [".zip", *TAR_MODES]
FILES = pictures(np.random.default_rng(1), {"a": 3, "b": 3})
NOISE = np.random.default_rng(2).bytes(200_000)


def read(path: Path, tick: Ticker | None = None) -> dict[str, bytes]:
    return dict(open_archive(path).files(tick or Ticker()))


def refusal(path: Path) -> str:
    with pytest.raises(BadData) as caught:
        read(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_images_come_out_as_they_went_in(tmp_path: Path, suffix: str) -> None:
    junk = {
        ".DS_Store": b"x",
        "__MACOSX/a/._1.png": b"x",
        "a/Thumbs.db": b"x",
        "README.md": b"x",
        "a/.hidden.png": b"x",
        "Icon\r": b"x",
    }
    path = pack(tmp_path / f"x{suffix}", {f"./{name}": content for name, content in (FILES | junk).items()})
    assert read(path) == FILES
    assert open_archive(path).digest(Ticker()) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_several_compressed_streams_in_a_row_are_one(tmp_path: Path) -> None:
    plain = as_tar(tmp_path / "x.tar", FILES).read_bytes()
    for suffix, squeeze in ((".gz", gzip.compress), (".xz", lzma.compress), (".bz2", bz2.compress)):
        path = tmp_path / f"x.tar{suffix}"
        path.write_bytes(squeeze(plain[:5000]) + squeeze(plain[5000:]))
        assert read(path) == FILES


@pytest.mark.parametrize("name", ["../out.png", "a/../../out.png", "/etc/out.png", "a\\..\\..\\out.png", "C:\\out.png"])
@pytest.mark.parametrize("suffix", [".zip", ".tar"])
def test_paths_that_lead_outside_are_refused(tmp_path: Path, suffix: str, name: str) -> None:
    assert "leads outside" in refusal(pack(tmp_path / f"x{suffix}", FILES | {name: b"x"}))


@pytest.mark.parametrize("name", ["a/\x1b[31m.png", "a/\u202egnp.png", f"{'a' * 1001}.png"])
def test_names_that_cannot_be_shown_are_refused(tmp_path: Path, name: str) -> None:
    assert "printable" in refusal(as_zip(tmp_path / "x.zip", FILES | {name: b"x"}))


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (tarfile.SYMTYPE, "a link"),
        (tarfile.LNKTYPE, "a link"),
        (tarfile.CHRTYPE, "no plain file"),
        (tarfile.BLKTYPE, "no plain file"),
        (tarfile.FIFOTYPE, "no plain file"),
    ],
)
def test_links_and_devices_in_a_tar_are_refused(tmp_path: Path, kind: bytes, words: str) -> None:
    path = as_tar(tmp_path / "x.tar", FILES, member("a/9.png", kind=kind, link="a/1.png"))
    assert words in refusal(path)


@pytest.mark.parametrize(("kind", "words"), [(stat.S_IFLNK, "a link"), (stat.S_IFIFO, "no plain file")])
def test_links_and_pipes_in_a_zip_are_refused(tmp_path: Path, kind: int, words: str) -> None:
    path = as_zip(tmp_path / "x.zip", FILES)
    with zipfile.ZipFile(path, "a") as zipped:
        info = zipfile.ZipInfo("a/9.png")
        info.external_attr = (kind | 0o644) << 16
        zipped.writestr(info, "a/1.png")
    assert words in refusal(path)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("share", [0.3, 0.7, 0.9])
def test_a_truncated_archive_is_refused(tmp_path: Path, suffix: str, share: float) -> None:
    path = pack(tmp_path / f"x{suffix}", FILES | {"b/noise.png": NOISE})
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    assert "damaged, cut short" in refusal(path)


def test_a_tar_cut_between_two_members_is_refused(tmp_path: Path) -> None:
    """What tarfile itself takes for the end."""
    path = as_tar(tmp_path / "x.tar", FILES)
    with tarfile.open(path) as tar:
        cut = tar.getmembers()[3].offset
    content = path.read_bytes()
    for end in (cut, cut + 100):
        path.write_bytes(content[:end])
        assert "damaged, cut short" in refusal(path)
    path.write_bytes(content[:cut] + b"\7" * 512 + content[cut + 512 :])
    assert "damaged, cut short" in refusal(path)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_changed_bytes_give_the_same_images_or_one_sentence(tmp_path: Path, suffix: str) -> None:
    rng = np.random.default_rng(5)
    path = pack(tmp_path / f"x{suffix}", FILES)
    whole = np.frombuffer(path.read_bytes(), dtype=np.uint8)
    for _ in range(40):
        broken = whole.copy()
        broken[rng.integers(0, len(broken), 3)] = rng.integers(0, 256, 3)
        path.write_bytes(broken.tobytes())
        try:
            found = read(path)
        except BadData as error:
            assert str(path) in str(error)
        else:  # a plain tar has no checksum over its contents, and names may change anywhere
            assert suffix == ".tar" or set(found.values()) <= set(FILES.values())


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz", "a.png", "a"])
@pytest.mark.parametrize(
    "content", [b"", b"hello", b"PK\3\4 no zip", b"\x1f\x8b no gzip", gzip.compress(b"no tar" * 500, mtime=0)]
)
def test_a_file_that_is_no_archive_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert "archive" in refusal(path)


def zeros(path: Path, size: int) -> Path:
    """An archive of one 'image' of `size` zero bytes."""
    if path.suffix == ".zip":
        return as_zip(path, {"a/0.png": b"\0" * size}, zipfile.ZIP_DEFLATED)
    return as_tar(path, {"a/0.png": b"\0" * size})


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_bomb_is_refused(tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "FREE_BYTES", 0)
    monkeypatch.setattr(archive, "MAX_RATIO", 1 if suffix == ".tar" else 100)
    path = zeros(tmp_path / f"x{suffix}", 10_000_000)
    if suffix == ".tar":  # has no ratio of its own: the limit counts its bytes all the same
        monkeypatch.setattr(archive, "MAX_TOTAL_BYTES", 1_000_000)
    assert "decompression bomb" in refusal(path)


def test_a_bomb_hidden_behind_a_wrong_size_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The zip's directory says 10 bytes; what comes out is cut there and its checksum is wrong."""
    path = zeros(tmp_path / "x.zip", 5_000_000)
    size = (5_000_000).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(size, (10).to_bytes(4, "little")))
    assert "damaged, cut short" in refusal(path)


@pytest.mark.parametrize("suffix", [".zip", ".tar"])
def test_one_file_may_not_be_too_large(tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_FILE_BYTES", 1000)
    monkeypatch.setattr(source, "MAX_FILE_BYTES", 1000)
    assert "'a/0.png'" in refusal(zeros(tmp_path / f"x{suffix}", 1001))


@pytest.mark.parametrize("suffix", [".zip", ".tar"])
def test_there_may_not_be_too_many_files(tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_FILES", 5)
    assert "more than" in refusal(pack(tmp_path / f"x{suffix}", FILES))


def test_a_header_of_gigabytes_is_not_read(tmp_path: Path) -> None:
    """An extended header that claims 5 MB: refused by its size, before the memory is taken."""
    path = tmp_path / "x.tar.gz"
    with gzip.open(path, "wb") as out:
        out.write(member("a/0.png", kind=tarfile.XHDTYPE, content=b"\0" * 5_000_000).tobuf())
        out.write(b"\0" * 5_000_000)
    assert "file header of more than 1 MB" in refusal(path)


@pytest.mark.parametrize("size", ["-1024", "-512", "99999999999999"])
def test_an_extended_header_with_a_wild_size_ends(tmp_path: Path, size: str) -> None:
    """Older versions of tarfile walk backwards for ever on a negative size."""
    info = member("a/0.png")
    info.pax_headers = {"size": size}
    path = tmp_path / "x.tar"
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        tar.addfile(info)
        for name, content in FILES.items():
            tar.addfile(member(name, content), io.BytesIO(content))
    assert refusal(path)


def test_a_negative_size_in_a_plain_header_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.tar"
    info = member("a/0.png")
    info.size = -1024
    path.write_bytes(info.tobuf(tarfile.GNU_FORMAT) + as_tar(tmp_path / "y.tar", FILES).read_bytes())
    assert "damaged, cut short" in refusal(path)


def test_a_sparse_member_is_refused(tmp_path: Path) -> None:
    path = as_tar(tmp_path / "x.tar", FILES, member("a/9.png", kind=tarfile.GNUTYPE_SPARSE))
    assert "no plain file" in refusal(path)


def test_an_encrypted_zip_asks_for_an_open_one(tmp_path: Path) -> None:
    path = as_zip(tmp_path / "x.zip", FILES)
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as zipped:
        for offset in [e.header_offset + 6 for e in zipped.infolist()]:
            content[offset] |= 1
    start = zipfile.ZipFile(path).start_dir
    while content[start : start + 4] == b"PK\1\2":
        content[start + 8] |= 1
        start += 46 + int.from_bytes(content[start + 28 : start + 30], "little")
    path.write_bytes(content)
    assert "password needed" in refusal(path)


def test_the_same_name_twice_is_refused(tmp_path: Path) -> None:
    path = as_zip(tmp_path / "x.zip", FILES | {"./a/0.png": b"x"})
    assert "twice" in refusal(path)


@pytest.mark.parametrize("wish", [OSError("stop"), RuntimeError("stop"), ValueError("stop"), KeyboardInterrupt()])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_wish_to_stop_is_not_taken_for_damage(tmp_path: Path, suffix: str, wish: BaseException) -> None:
    path = pack(tmp_path / f"x{suffix}", FILES)

    def report(_: object) -> None:
        raise wish

    with pytest.raises(type(wish)) as caught:
        read(path, Ticker(report))
    assert caught.value is wish


def test_progress_comes_while_something_large_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(np.arange(0, 1e6, 0.2))
    clock: Callable[[], float] = lambda: float(next(now))  # noqa: E731
    monkeypatch.setattr(time, "monotonic", clock)
    heard: list[object] = []
    read(as_tar(tmp_path / "x.tar", {"film.mp4": b"\0" * 3_000_000} | FILES), Ticker(heard.append))
    assert len(heard) > 100

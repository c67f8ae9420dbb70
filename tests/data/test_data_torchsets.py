"""torchvision's datasets, from files in their real formats, written here or the real ones where they are at hand."""

from __future__ import annotations

import gzip
import hashlib
import io
import pickle
import struct
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.data import torchsets
from engine.data.catalog import DATASETS
from engine.data.load import load
from engine.data.pixels import statistics
from engine.data.ticker import Ticker
from engine.errors import BadData
from engine.events import Progress
from tests.data.samples import settings

RNG = np.random.default_rng(8)
LABELS = {"train": np.arange(40) % 10, "t10k": np.arange(20) % 10}
IMAGES = {part: RNG.integers(0, 256, (len(y), 28, 28), dtype=np.uint8) for part, y in LABELS.items()}
REAL_MNIST = Path(__file__).resolve().parents[3] / "shared" / "data" / "mnist.tar.xz"
PARTS = {"train": 40, "test": 20}


def idx(array: NDArray[Any]) -> bytes:
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.astype(np.uint8).tobytes()


def mnist(folder: Path, packed: bool = False) -> Path:
    folder.mkdir(parents=True)
    for part in LABELS:
        for name, array in (("images-idx3", IMAGES[part]), ("labels-idx1", LABELS[part])):
            path = folder / f"{part}-{name}-ubyte"
            if packed:
                path.with_name(path.name + ".gz").write_bytes(gzip.compress(idx(array)))
            else:
                path.write_bytes(idx(array))
    return folder


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(("dataset", "own"), [("mnist", "MNIST"), ("fashion-mnist", "FashionMNIST")])
@pytest.mark.parametrize("given", ["", "own", "raw"])
def test_idx_files_are_read_wherever_they_lie(tmp_path: Path, dataset: str, own: str, given: str, packed: bool) -> None:
    raw = mnist(tmp_path / own / "raw", packed)
    path = {"": tmp_path, "own": raw.parent, "raw": raw}[given]
    data = load(settings(path, dataset=dataset, side=28), tmp_path / "cache")
    assert (data.train_images.numpy()[:, 0] == IMAGES["train"]).all()
    assert (data.test_images.numpy()[:, 0] == IMAGES["t10k"]).all()
    assert data.train_labels.tolist() == LABELS["train"].tolist()
    assert data.test_labels.tolist() == LABELS["t10k"].tolist()
    assert data.num_classes == 10
    assert not any("/" in name for name in data.classes)


def test_the_workspaces_copy_is_used_without_a_network(tmp_path: Path) -> None:
    mnist(tmp_path / "data" / "mnist" / "MNIST" / "raw")
    data = load(settings("", dataset="mnist"), tmp_path / "cache")
    assert data.train_images.shape == (40, 1, 8, 8)


def test_the_files_of_one_set_are_not_taken_for_the_other(tmp_path: Path) -> None:
    mnist(tmp_path / "MNIST" / "raw")
    with pytest.raises(BadData, match="holds no images"):
        load(settings(tmp_path / "MNIST", dataset="fashion-mnist"), tmp_path / "cache")


IMAGE_FILE = "train-images-idx3-ubyte"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\0\10",
        b"not idx at all",
        idx(IMAGES["train"])[:-1],
        idx(IMAGES["train"]) + b"\0",
        idx(IMAGES["train"][:, 0]),
        struct.pack(">4B3I", 0, 0, 8, 3, 2**31, 2**31, 2**31),
    ],
)
def test_damaged_idx_files_are_named(tmp_path: Path, content: bytes) -> None:
    (mnist(tmp_path / "raw") / IMAGE_FILE).write_bytes(content)
    with pytest.raises(BadData, match=f"{IMAGE_FILE}' is damaged or cut short"):
        load(settings(tmp_path / "raw", dataset="mnist"), tmp_path / "cache")


def test_a_damaged_gz_and_a_missing_file_are_named(tmp_path: Path) -> None:
    raw = mnist(tmp_path / "raw", packed=True)
    whole = (raw / f"{IMAGE_FILE}.gz").read_bytes()
    (raw / f"{IMAGE_FILE}.gz").write_bytes(whole[:-20])
    with pytest.raises(BadData, match="is damaged or cut short"):
        load(settings(raw, dataset="mnist"), tmp_path / "cache")
    (raw / f"{IMAGE_FILE}.gz").unlink()
    with pytest.raises(BadData, match=f"{IMAGE_FILE}' .* is missing"):
        load(settings(raw, dataset="mnist"), tmp_path / "cache")


@pytest.mark.parametrize(
    ("name", "array", "said"),
    [
        ("t10k-images-idx3-ubyte", np.zeros((20, 27, 27)), "28x28 and 27x27 pixels"),
        ("train-labels-idx1-ubyte", np.arange(40) % 9, "class '9' has no training image"),
    ],
)
def test_files_that_do_not_fit_together_are_named(tmp_path: Path, name: str, array: NDArray[Any], said: str) -> None:
    (mnist(tmp_path / "raw") / name).write_bytes(idx(array))
    with pytest.raises(BadData, match=said):
        load(settings(tmp_path / "raw", dataset="mnist"), tmp_path / "cache")


def test_images_without_pixels_are_refused(tmp_path: Path) -> None:
    raw = mnist(tmp_path / "raw")
    for part, labels in LABELS.items():
        (raw / f"{part}-images-idx3-ubyte").write_bytes(idx(np.zeros((len(labels), 0, 0))))
    with pytest.raises(BadData, match="0x0 and 0x0 pixels"):
        load(settings(raw, dataset="mnist"), tmp_path / "cache")


@pytest.mark.parametrize("labels", [np.arange(39) % 10, np.arange(40) % 11])
def test_labels_that_do_not_fit_are_refused(tmp_path: Path, labels: NDArray[Any]) -> None:
    (mnist(tmp_path / "raw") / "train-labels-idx1-ubyte").write_bytes(idx(labels))
    with pytest.raises(BadData, match="do not fit together"):
        load(settings(tmp_path / "raw", dataset="mnist"), tmp_path / "cache")


@pytest.mark.skipif(not REAL_MNIST.exists(), reason="the real MNIST is not at hand")
def test_real_mnist(tmp_path: Path) -> None:
    with tarfile.open(REAL_MNIST) as tar:
        tar.extractall(tmp_path, filter="data")
    data = load(settings(tmp_path, dataset="mnist", side=28), tmp_path / "cache")
    assert data.train_images.shape == (60_000, 1, 28, 28)
    assert data.test_images.shape == (10_000, 1, 28, 28)
    assert data.smallest_class == DATASETS["mnist"].smallest_class
    mean, std = statistics(data.train_images, Ticker())
    assert mean == pytest.approx(data.mean, abs=5e-5)
    assert std == pytest.approx(data.std, abs=5e-5)


@pytest.mark.skipif(not REAL_MNIST.exists(), reason="the real MNIST is not at hand")
def test_an_archive_of_other_files_says_what_it_holds(tmp_path: Path) -> None:
    with pytest.raises(BadData, match=r"unpacked, the files train-images.*among others: MNIST/raw/t10k-images"):
        load(settings(REAL_MNIST, dataset="mnist"), tmp_path / "cache")


# --- CIFAR: the published format with checksums of our own ---


def cifar_batches(kind: Any) -> dict[str, bytes]:
    """File name -> pickle, as published: rows of 3,072 bytes."""
    names = [f"class {i}" for i in range(100 if kind.__name__ == "CIFAR100" else 10)]
    key = "fine_labels" if kind.__name__ == "CIFAR100" else "labels"
    files = {kind.meta["filename"]: pickle.dumps({kind.meta["key"]: names})}
    for name, _ in (*kind.train_list, *kind.test_list):
        count = 2 * len(names)
        rows = RNG.integers(0, 256, (count, 3072), dtype=np.uint8)
        files[name] = pickle.dumps({"data": rows, key: [i % len(names) for i in range(count)]})
    return files


@pytest.fixture(params=["cifar10", "cifar100"])
def cifar(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[str, Any, dict[str, bytes]]:
    """(dataset, torchvision's class expecting our files, the files)."""
    from torchvision import datasets

    kind: Any = getattr(datasets, request.param.upper())
    files = cifar_batches(kind)
    md5 = {name: hashlib.md5(content).hexdigest() for name, content in files.items()}
    for table in ("train_list", "test_list"):
        monkeypatch.setattr(kind, table, [[name, md5[name]] for name, _ in getattr(kind, table)])
    monkeypatch.setattr(kind, "meta", kind.meta | {"md5": md5[kind.meta["filename"]]})
    return request.param, kind, files


def written(root: Path, kind: Any, files: dict[str, bytes]) -> Path:
    (root / kind.base_folder).mkdir(parents=True)
    for name, content in files.items():
        (root / kind.base_folder / name).write_bytes(content)
    return root


@pytest.mark.parametrize("inner", [False, True])
def test_cifar_is_read(tmp_path: Path, cifar: tuple[str, Any, dict[str, bytes]], inner: bool) -> None:
    dataset, kind, files = cifar
    root = written(tmp_path, kind, files)
    config = settings(root / kind.base_folder if inner else root, dataset=dataset, side=32)
    data = load(config, tmp_path / "cache")
    batches = [pickle.loads(files[name]) for name, _ in kind.train_list]
    rows = np.concatenate([batch["data"] for batch in batches]).reshape(-1, 3, 32, 32)
    assert (data.train_images.numpy() == rows).all()
    assert data.train_images.is_contiguous()
    labels = [label for batch in batches for label in batch["fine_labels" if dataset == "cifar100" else "labels"]]
    assert data.train_labels.tolist() == labels
    assert data.classes[:2] == ("class 0", "class 1")


def test_a_pickle_with_another_checksum_is_never_opened(
    tmp_path: Path, cifar: tuple[str, Any, dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset, kind, files = cifar
    root = written(tmp_path, kind, files)

    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (tmp_path / "sprung",)  # type: ignore[return-value]

    (root / kind.base_folder / kind.test_list[0][0]).write_bytes(pickle.dumps(Trap()))
    with pytest.raises(BadData, match="missing, damaged or not to be read"):
        load(settings(root, dataset=dataset), tmp_path / "cache")
    assert not (tmp_path / "sprung").exists()


def test_cifar_is_fetched_and_unpacked(
    tmp_path: Path, cifar: tuple[str, Any, dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a file: address, with what a broken attempt left behind in the way."""
    dataset, kind, files = cifar
    packed = tmp_path / "server" / kind.filename
    packed.parent.mkdir()
    with tarfile.open(packed, "w:gz") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(f"{kind.base_folder}/{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    monkeypatch.setattr(kind, "url", packed.as_uri())
    monkeypatch.setattr(kind, "tgz_md5", hashlib.md5(packed.read_bytes()).hexdigest())
    home = tmp_path / "workspace" / "data" / dataset
    written(home, kind, {kind.train_list[0][0]: b"half"})
    said: list[Progress] = []
    data = load(settings("", dataset=dataset), tmp_path / "workspace" / "cache", said.append)
    assert len(data.train_labels) == sum(2 * data.num_classes for _ in kind.train_list)
    assert any(progress.phase == f"downloading {dataset}, MB" for progress in said)
    assert not list(home.rglob("*.part"))
    packed.unlink()
    assert load(settings("", dataset=dataset), tmp_path / "workspace" / "cache").fingerprint == data.fingerprint


# --- SVHN: .mat files ---


@pytest.fixture
def svhn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, dict[str, NDArray[Any]]]:
    """(folder with the two files, images [n, 32, 32, 3] by part)."""
    from scipy.io import savemat
    from torchvision.datasets import SVHN

    images = {part: RNG.integers(0, 256, (n, 32, 32, 3), dtype=np.uint8) for part, n in PARTS.items()}
    table = {}
    for part, array in images.items():
        name = torchsets.SVHN_FILES[part]
        labels = np.where(
            np.arange(len(array)) % 10 == 0, 10, np.arange(len(array)) % 10
        )  # the files call the digit 0 "10"
        savemat(tmp_path / name, {"X": array.transpose(1, 2, 3, 0), "y": labels[:, None].astype(np.uint8)})
        path = tmp_path / name
        table[part] = [path.as_uri(), name, hashlib.md5(path.read_bytes()).hexdigest()]
    monkeypatch.setattr(SVHN, "split_list", SVHN.split_list | table)
    return tmp_path, images


@pytest.mark.parametrize("fetched", [False, True])
def test_svhn_is_read_or_fetched(svhn: tuple[Path, dict[str, NDArray[Any]]], tmp_path: Path, fetched: bool) -> None:
    root, images = svhn
    config = settings("" if fetched else root, dataset="svhn", side=32)
    data = load(config, tmp_path / "workspace" / "cache")
    assert (data.train_images.numpy() == images["train"].transpose(0, 3, 1, 2)).all()
    assert data.train_images.is_contiguous()
    assert data.test_labels.tolist() == [i % 10 for i in range(PARTS["test"])]


def test_a_damaged_svhn_is_refused(svhn: tuple[Path, dict[str, NDArray[Any]]], tmp_path: Path) -> None:
    (svhn[0] / "test_32x32.mat").write_bytes(b"MATLAB 5.0 MAT-file, of a kind")
    with pytest.raises(BadData, match="missing, damaged"):
        load(settings(svhn[0], dataset="svhn"), tmp_path / "cache")


@pytest.mark.parametrize("dataset", ["mnist", "fashion-mnist", "svhn", "cifar10", "cifar100"])
def test_without_a_network_one_sentence_says_what_to_do(
    tmp_path: Path, dataset: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from urllib.error import URLError

    def urlopen(*_: object, **__: object) -> None:
        raise URLError(OSError(-2, "Name or service not known"))

    monkeypatch.setattr("urllib.request.urlopen", urlopen)
    with pytest.raises(BadData, match=r"could not be downloaded .*Name or service.*set data_dir") as caught:
        load(settings("", dataset=dataset), tmp_path / "workspace" / "cache")
    assert str(tmp_path / "workspace" / "data" / dataset) in str(caught.value)
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.name != ".lock"]


def test_class_names_agree_with_torchvisions() -> None:
    from torchvision.datasets import CIFAR10, CIFAR100, SVHN, FashionMNIST

    assert [name.replace("/", " or ") for name in FashionMNIST.classes] == list(torchsets.CLOTHES)
    assert {k.__name__: k.base_folder for k in (CIFAR10, CIFAR100)} == torchsets.CIFAR_FOLDERS
    assert {part: SVHN.split_list[part][1] for part in ("train", "test")} == torchsets.SVHN_FILES

"""Folders and archives through `load`: the same images whatever they are packed in, decoded once."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from engine.data import images, ticker
from engine.data.decode import square
from engine.data.load import load
from engine.errors import BadConfig, BadData
from engine.events import Progress
from tests.data.samples import TAR_MODES, as_folder, as_zip, encoded, noise, pack, pictures, same, settings

RNG = np.random.default_rng(4)
DIVIDED = pictures(RNG, {"train/b": 4, "train/a": 3, "test/b": 2, "test/a": 1})
PLAIN = pictures(RNG, {"2": 10, "10": 6, "1": 5})


class Stop(Exception):
    pass


@pytest.mark.parametrize("files", [DIVIDED, PLAIN], ids=["divided", "plain"])
def test_packing_changes_nothing(tmp_path: Path, files: dict[str, bytes]) -> None:
    turned = dict(reversed(files.items()))
    below = {f"top/{name}": content for name, content in files.items()}
    plain = load(settings(as_folder(tmp_path / "folder", files)), tmp_path / "c0")
    for i, suffix in enumerate([".zip", *TAR_MODES]):
        packed = pack(tmp_path / f"x{suffix}", turned if i % 2 else below)
        assert same(load(settings(packed), tmp_path / f"c{i + 1}"), plain)


def test_pixels_and_labels_belong_together(tmp_path: Path) -> None:
    data = load(settings(as_folder(tmp_path / "x", DIVIDED)), tmp_path / "cache")
    order = [f"{part}/{name}/{i}.png" for part, name, n in (("train", "a", 3), ("train", "b", 4)) for i in range(n)]
    expected = [square(DIVIDED[path], path, 8, 3) for path in order]
    assert (data.train_images.numpy() == np.stack(expected)).all()
    assert data.train_labels.tolist() == [0] * 3 + [1] * 4
    assert data.test_labels.tolist() == [0, 1, 1]
    assert data.classes == ("a", "b")
    assert data.train_images.is_contiguous()


def test_a_drawn_split_is_stratified_and_follows_the_seed(tmp_path: Path) -> None:
    path = as_zip(tmp_path / "x.zip", PLAIN)
    one, again, other = (load(settings(path, seed=seed), tmp_path / "cache") for seed in (1, 1, 2))
    assert one.classes == ("1", "2", "10")
    assert torch.bincount(one.test_labels).tolist() == [1, 2, 2]
    assert torch.bincount(one.train_labels).tolist() == [4, 8, 4]
    assert same(one, again)
    assert not one.test_images.equal(other.test_images)
    assert len(list((tmp_path / "cache" / "data").iterdir())) == 1


@pytest.mark.parametrize("suffix", ["", ".zip", ".tar.xz"])
def test_the_second_time_nothing_is_decoded(tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    config = settings(pack(tmp_path / f"x{suffix}", DIVIDED))
    first = load(config, tmp_path / "cache")

    def decode(*_: object) -> None:
        raise AssertionError("decoded again")

    monkeypatch.setattr(images, "square", decode)
    assert same(load(config, tmp_path / "cache"), first)
    with pytest.raises(AssertionError):
        load(settings(config.data_dir, side=16), tmp_path / "cache")
    with pytest.raises(AssertionError):
        load(settings(config.data_dir, colour="grey"), tmp_path / "cache")


def test_changed_content_is_decoded_again(tmp_path: Path) -> None:
    config = settings(as_folder(tmp_path / "x", DIVIDED))
    before = load(config, tmp_path / "cache")
    as_folder(tmp_path / "x", pictures(np.random.default_rng(99), {"train/a": 1}))
    assert not load(config, tmp_path / "cache").train_images.equal(before.train_images)


def test_a_damaged_cache_is_made_anew(tmp_path: Path) -> None:
    config = settings(as_zip(tmp_path / "x.zip", DIVIDED))
    first = load(config, tmp_path / "cache")
    (kept,) = (tmp_path / "cache" / "data").iterdir()
    kept.write_bytes(kept.read_bytes()[:1000])
    said: list[Progress] = []
    assert same(load(config, tmp_path / "cache", said.append), first)
    assert any("damaged" in progress.phase for progress in said)
    said.clear()
    assert same(load(config, tmp_path / "cache", said.append), first)
    assert not any("damaged" in progress.phase for progress in said)


def test_grey_and_colour_and_mixed_sizes(tmp_path: Path) -> None:
    files = {f"{name}/{i}.png": encoded(image) for name in "ab" for i, image in enumerate(_mixed())}
    path = as_zip(tmp_path / "x.zip", files)
    grey, colour = (load(settings(path, colour=c, side=12), tmp_path / "cache") for c in ("grey", "colour"))
    assert grey.train_images.shape[1:] == (1, 12, 12)
    assert colour.train_images.shape[1:] == (3, 12, 12)
    assert (len(grey.mean), len(colour.std)) == (1, 3)


def _mixed() -> list[Image.Image]:
    whole = Image.fromarray(noise(RNG, 40))
    return [whole, whole.resize((30, 9)), whole.convert("L"), whole.convert("P"), whole.convert("RGBA"), whole]


def test_a_catalogue_dataset_given_images_keeps_its_own_statistics(tmp_path: Path) -> None:
    path = as_zip(tmp_path / "x.zip", DIVIDED)
    data = load(settings(path, dataset="cifar10"), tmp_path / "cache")
    assert data.mean == (0.4914, 0.4822, 0.4465)
    assert data.name == "cifar10"
    grey = load(settings(path, dataset="cifar10", colour="grey"), tmp_path / "cache")
    assert len(grey.mean) == len(grey.std) == 1


@pytest.mark.parametrize("dataset", ["digits", "mnist", "fashion-mnist", "svhn", "cifar100", "tinyimagenet"])
def test_every_dataset_can_be_given_as_images(tmp_path: Path, dataset: str) -> None:
    data = load(settings(as_folder(tmp_path / "x", DIVIDED), dataset=dataset, side=16), tmp_path / "cache")
    assert data.train_images.shape == (7, 1 if "mnist" in dataset or dataset == "digits" else 3, 16, 16)


def test_tinyimagenets_own_layout(tmp_path: Path) -> None:
    names = [*(f"train/n{c}/images/n{c}_{i}.JPEG" for c in (1, 2) for i in range(3)), "val/images/val_0.JPEG"]
    files: dict[str, bytes] = {f"tiny-imagenet-200/{name}": encoded(_mixed()[0], "JPEG") for name in names}
    files["tiny-imagenet-200/val/val_annotations.txt"] = b"val_0.JPEG\tn2\t0\t0\t1\t1\n"
    files["tiny-imagenet-200/test/images/test_0.JPEG"] = encoded(_mixed()[0], "JPEG")
    files["tiny-imagenet-200/train/n1/n1_boxes.txt"] = files["tiny-imagenet-200/wnids.txt"] = b"n1\n"
    for i, suffix in enumerate(["", ".zip", ".tar"]):
        data = load(settings(pack(tmp_path / f"x{suffix}", files), dataset="tinyimagenet", depth=3), tmp_path / f"c{i}")
        assert data.classes == ("n1", "n2")
        assert data.test_labels.tolist() == [1]
        assert len(data.train_labels) == 6


@pytest.mark.parametrize("suffix", ["", ".zip", ".tar.gz"])
def test_a_damaged_image_is_named(tmp_path: Path, suffix: str) -> None:
    files = DIVIDED | {"train/a/1.png": DIVIDED["train/a/1.png"][:50]}
    with pytest.raises(BadData, match=r"Image 'train/a/1\.png' is damaged"):
        load(settings(pack(tmp_path / f"x{suffix}", files)), tmp_path / "cache")
    assert not list(tmp_path.rglob("*.safetensors"))


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "holds no images"),
        ({"MNIST/raw/train-images": b"x"}, "holds, among others: MNIST/raw/train-images"),
        (pictures(RNG, {"cat": 3}), "one class only"),
        (pictures(RNG, {"cat": 3, "dog": 1}), "Class 'dog' has one image only"),
        (pictures(RNG, {"train/cat": 3, "train/dog": 3, "test/cow": 1}), "tests class 'cow'"),
    ],
)
@pytest.mark.parametrize("suffix", ["", ".zip", ".tar"])
def test_unfit_sources_get_one_sentence(tmp_path: Path, suffix: str, files: dict[str, bytes], words: str) -> None:
    path = tmp_path / f"x{suffix}"
    path = pack(path, files) if files or suffix else as_folder(path, {"empty/.keep": b""})
    with pytest.raises(BadData) as caught:
        load(settings(path), tmp_path / "cache")
    assert words in str(caught.value)


@pytest.mark.parametrize("path", ["/nowhere/at/all", "~nobody-of-that-name/x", "/dev/null", "x" * 3000, "a/\0b"])
def test_a_path_that_leads_nowhere_is_named(tmp_path: Path, path: str) -> None:
    config = settings("anywhere")
    object.__setattr__(config, "data_dir", path)
    for dataset in ("folder", "mnist", "svhn", "cifar10"):
        object.__setattr__(config, "dataset", dataset)
        with pytest.raises(BadData, match="give the path of a folder or archive"):
            load(config, tmp_path / "cache")


def test_classes_too_small_for_the_settings(tmp_path: Path) -> None:
    path = as_folder(tmp_path / "x", DIVIDED)
    with pytest.raises(BadConfig) as caught:
        load(settings(path, ipc=1, factor=2, clusters=5), tmp_path / "cache")
    assert set(caught.value.problems) == {"ipc", "clusters"}


def test_data_larger_than_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Memory:
        available = 100

    monkeypatch.setattr(images, "FIRST_ROWS", 4)
    monkeypatch.setattr("psutil.virtual_memory", Memory)
    with pytest.raises(BadData, match="does not fit in memory"):
        load(settings(as_folder(tmp_path / "x", DIVIDED)), tmp_path / "cache")


def test_many_images_grow_the_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = load(settings(as_folder(tmp_path / "x", DIVIDED)), tmp_path / "one")
    monkeypatch.setattr(images, "FIRST_ROWS", 2)
    assert same(load(settings(tmp_path / "x"), tmp_path / "two"), plain)


@pytest.mark.parametrize("suffix", ["", ".zip", ".tar.gz"])
def test_a_wish_to_stop_is_served_anywhere_and_leaves_nothing(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every report in turn is the one that stops the loading. Nothing is thinned out, and whatever blocks is heard once."""
    now = iter(np.arange(0, 1e6, 20.0))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(now)))
    monkeypatch.setattr(ticker, "PERIOD", 10.0)
    config = settings(pack(tmp_path / f"x{suffix}", DIVIDED))
    said: list[Progress] = []
    load(config, tmp_path / "whole", said.append)
    for last in range(len(said)):
        left = iter(range(last))

        def report(_: Progress, left: object = left) -> None:
            if next(left, None) is None:  # type: ignore[call-overload]
                raise Stop

        with pytest.raises(Stop):
            load(config, tmp_path / f"c{last}", report)
        assert not list((tmp_path / f"c{last}").rglob("*.part"))
    assert {"caching images", "sorting images"} <= {progress.phase for progress in said}


def test_a_cache_that_cannot_be_written_does_not_matter(tmp_path: Path) -> None:
    config = settings(as_folder(tmp_path / "x", DIVIDED))
    (tmp_path / "cache").write_bytes(b"a file in the way")
    said: list[str] = []
    data = load(config, tmp_path / "cache", lambda progress: said.append(progress.phase))
    assert data.num_classes == 2
    assert any("could not be cached" in phase for phase in said)

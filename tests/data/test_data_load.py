"""The table of readers, and the digits that are always there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from engine.config import build
from engine.data import digits
from engine.data.catalog import DATASETS
from engine.data.load import READERS, load
from engine.errors import BadConfig
from engine.events import Progress

# Twice the side means weights of 1/4 and 3/4, which floats hold exactly: these bits are the same on every machine.
# Changes only when the digits' pixels or their split do, and then every stored result on them is of other data.
DIGITS = "827d382596e9d2feef5d415d339e4debdaf4a9c451425cc5363bd39c3db7a605"


def pairs(images: NDArray[np.uint8], labels: NDArray[np.int64]) -> list[tuple[bytes, int]]:
    """Every image with its label, in an order of their own."""
    return sorted((image.tobytes(), int(label)) for image, label in zip(images, labels, strict=True))


def test_every_dataset_of_the_catalogue_has_a_reader() -> None:
    assert list(READERS) == list(DATASETS)


def test_digits_are_what_the_catalogue_says(tmp_path: Path) -> None:
    data, spec = load(build({"dataset": "digits"}), tmp_path / "cache"), DATASETS["digits"]
    assert data.train_images.shape == (spec.train, 1, spec.side, spec.side)
    assert data.test_images.shape == (spec.test, 1, spec.side, spec.side)
    assert data.smallest_class == spec.smallest_class
    assert data.classes == tuple("0123456789")
    assert data.fingerprint == DIGITS


def test_the_split_of_digits_does_not_follow_the_seed(tmp_path: Path) -> None:
    one, other = (load(build({"dataset": "digits", "seed": seed}), tmp_path / "cache") for seed in (0, 1))
    assert one.fingerprint == other.fingerprint
    assert one.train_images.equal(other.train_images)


def test_digits_are_scikit_learns_own_enlarged(tmp_path: Path) -> None:
    """At 8x8 the pixels are the file's, 16 being white; every image is on one side of the split and has its label."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    data = load(build({"dataset": "digits", "side": 8}), tmp_path / "cache")
    whole = torch.cat([data.train_images, data.test_images]).numpy()[:, 0]
    labels = torch.cat([data.train_labels, data.test_labels]).numpy()
    assert pairs(whole, labels) == pairs(np.rint(bunch.images * 255 / 16).astype(np.uint8), bunch.target)
    pixels = data.train_images.numpy() / 255
    np.testing.assert_allclose([*data.mean, *data.std], [pixels.mean(), pixels.std()], rtol=1e-9)
    test_share = np.bincount(data.test_labels) / np.bincount(bunch.target)
    assert (abs(test_share - 0.2) < 0.01).all()


def test_progress_is_heard_and_sizes_are_checked(tmp_path: Path) -> None:
    said: list[Progress] = []
    load(build({"dataset": "digits"}), tmp_path / "cache", said.append)
    assert said
    config = build({"dataset": "digits"})
    object.__setattr__(config, "ipc", 100)
    with pytest.raises(BadConfig, match="lower ipc or factor"):
        load(config, tmp_path / "cache")


@pytest.mark.parametrize("moved", [False, True])
def test_the_bundled_file_is_what_sklearn_loads(moved: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where a version of scikit-learn keeps the file elsewhere."""
    from sklearn.datasets import load_digits

    if moved:
        monkeypatch.setattr(digits, "_file", lambda: Path("nowhere"))
    images, labels = digits.bundled()
    expected = load_digits()
    assert (images == expected.images).all() and (labels == expected.target).all()

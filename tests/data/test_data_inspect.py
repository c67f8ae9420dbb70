"""A look inside a dataset says what is there: checked against what the test itself has put there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.config import build
from engine.data import inspect as inspector
from engine.data.inspect import GAP, SHOWN, inspect, uneven
from engine.errors import BadData
from engine.events import Progress
from tests.data.samples import as_folder, as_zip, encoded, noise, pictures, settings


def silent(_: Progress) -> None:
    pass


def test_numbers_of_a_folder(tmp_path: Path) -> None:
    """Counts, statistics and samples of fresh random images, with a test set of their own."""
    rng = np.random.default_rng()
    train, test = (
        {f"c{i}": int(rng.integers(20, 40)) for i in range(4)},
        {f"c{i}": int(rng.integers(1, 5)) for i in range(4)},
    )
    files = pictures(
        rng, {f"train/{name}": n for name, n in train.items()} | {f"test/{name}": n for name, n in test.items()}
    )
    found = inspect(settings(as_folder(tmp_path / "a", files)), tmp_path / "cache", tmp_path, silent)
    assert dict(zip(found["classes"], found["counts"], strict=True)) == train
    assert dict(zip(found["classes"], found["test_counts"], strict=True)) == test
    assert (found["train"], found["test"]) == (sum(train.values()), sum(test.values()))
    assert (found["side"], found["channels"], found["bytes"]) == (8, 3, 8 * 8 * 3 * (found["train"] + found["test"]))
    assert not found["warnings"] and found["sheets"] == ["samples.png"]
    pixels = (
        np.stack([np.asarray(Image.open(tmp_path / "a" / path)) for path in files if path.startswith("train")]) / 255
    )
    np.testing.assert_allclose(found["mean"], pixels.mean((0, 1, 2)), atol=1e-9)
    np.testing.assert_allclose(found["std"], pixels.std((0, 1, 2)), atol=1e-9)


def test_the_sheet_holds_images_of_the_class_of_its_row(tmp_path: Path) -> None:
    rng = np.random.default_rng()
    files = pictures(rng, {"a": 25, "b": 3})
    inspect(settings(as_zip(tmp_path / "a.zip", files)), tmp_path / "cache", tmp_path, silent)
    with Image.open(tmp_path / "samples.png") as picture:
        sheet = np.asarray(picture)
    step = 8 + GAP
    assert sheet.shape == (2 * step - GAP, SHOWN * step - GAP, 4)
    own = {name: {blob for path, blob in files.items() if path.startswith(name)} for name in "ab"}
    for row, (name, count) in enumerate((("a", 10), ("b", 2))):  # a fifth of b, one image, is set aside for testing
        shown = [sheet[row * step : row * step + 8, i * step : i * step + 8] for i in range(SHOWN)]
        drawn = [image for image in shown if image[..., 3].any()]
        assert len(drawn) == count
        assert {encoded(Image.fromarray(image[..., :3])) for image in drawn} <= own[name]


def test_many_classes_take_several_sheets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspector, "PER_SHEET", 3)
    files = pictures(np.random.default_rng(0), {f"c{i}": 3 for i in range(7)})
    found = inspect(settings(as_folder(tmp_path / "a", files)), tmp_path / "cache", tmp_path, silent)
    assert found["sheets"] == ["samples.png", "samples-2.png", "samples-3.png"]
    assert all((tmp_path / name).exists() for name in found["sheets"])


def test_what_a_person_should_know_is_said(tmp_path: Path) -> None:
    grey = {
        f"many/{i}.png": encoded(Image.fromarray(noise(np.random.default_rng(i), 20)).convert("L")) for i in range(250)
    }
    few = {f"few/{i}.png": encoded(Image.fromarray(noise(np.random.default_rng(i), 12)).convert("L")) for i in range(5)}
    found = inspect(settings(as_folder(tmp_path / "a", grey | few)), tmp_path / "cache", tmp_path, silent)
    text = "\n".join(found["warnings"])
    assert len(found["warnings"]) == 4
    for part in (
        "'few' has 4 training images, fewer than 20",
        "uneven: 'many' has 200",
        "12 to 20 pixels",
        "colour to grey",
    ):
        assert part in text, part


def test_even_classes_are_not_warned_of() -> None:
    assert not list(uneven(["a", "b"], np.array([200, 20])))
    assert len(list(uneven(["a", "b"], np.array([201, 20])))) == 1
    assert "2 more classes have too few" in next(uneven(["a", "b", "c"], np.array([3, 2, 1])))


def test_digits_are_what_the_catalogue_says(tmp_path: Path) -> None:
    config = build({"dataset": "digits"})
    found = inspect(config, tmp_path / "cache", tmp_path, silent)
    spec = config.spec
    assert (len(found["classes"]), found["train"], found["test"]) == (spec.classes, spec.train, spec.test)
    assert (found["side"], found["channels"], min(found["counts"])) == (spec.side, spec.channels, spec.smallest_class)
    assert not found["warnings"]


@pytest.mark.parametrize("classes", [{"only": 5}, {"a": 5, "b": 1}])
def test_what_cannot_be_distilled_is_refused(classes: dict[str, int], tmp_path: Path) -> None:
    mine = as_folder(tmp_path / "a", pictures(np.random.default_rng(0), classes))
    with pytest.raises(BadData, match=r"one class only|one image only"):
        inspect(settings(mine), tmp_path / "cache", tmp_path, silent)

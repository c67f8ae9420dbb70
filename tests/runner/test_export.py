"""What is exported is what is stored, in every format."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
import torch
from PIL import Image
from safetensors import safe_open

from engine.errors import BadConfig, NotFound
from engine.events import Progress
from engine.export import FORMATS, export, folder_names
from engine.store import artifacts
from engine.store.workspace import RunFolder
from tests.runner.fake import config_of

CLASSES = ("one", "two/three", "..")
CONFIG = config_of(ipc=2)
LABELS = [0, 0, 1, 1, 2, 2]


def said(_: Progress) -> None:
    pass


@pytest.fixture(params=[1, 3], ids=["grey", "colour"])
def stored(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, artifacts.Images]:
    """A run's folder with two snapshots, and the images of the newer."""
    run = RunFolder(tmp_path / "0123abcd")
    run.root.mkdir()
    artifacts.write_json(run.classes, CLASSES)
    images = np.random.default_rng(3).random((6, request.param, 4, 4), np.float32)
    artifacts.write_snapshot(run, 10, 1 - images, 3)
    artifacts.write_snapshot(run, 20, images, 3)
    return run.root, images


def made(run_dir: Path, form: str) -> Path:
    result = export(run_dir, CONFIG, form, said)
    assert (result["step"], result["format"]) == (20, form)
    path = Path(result["path"])
    assert path.parent == run_dir / "export" and list(path.parent.iterdir()) == [path]
    return path


def test_pt_is_what_the_official_test_scripts_load(stored: tuple[Path, artifacts.Images]) -> None:
    run_dir, images = stored
    data, target = torch.load(made(run_dir, "pt"), weights_only=True)
    assert data.dtype == torch.float32 and target.dtype == torch.int64
    np.testing.assert_array_equal(data.numpy(), images)
    assert target.tolist() == LABELS


def test_npz(stored: tuple[Path, artifacts.Images]) -> None:
    run_dir, images = stored
    with np.load(made(run_dir, "npz"), allow_pickle=False) as file:
        np.testing.assert_array_equal(file["images"], images)
        assert file["labels"].tolist() == LABELS and tuple(file["classes"]) == CLASSES


def test_safetensors(stored: tuple[Path, artifacts.Images]) -> None:
    run_dir, images = stored
    path = made(run_dir, "safetensors")
    file = safetensors.numpy.load_file(path)
    np.testing.assert_array_equal(file["images"], images)
    assert file["labels"].tolist() == LABELS
    with safe_open(path, "np") as whole:
        assert whole.metadata() == {"classes": "\n".join(CLASSES), "step": "20", "factor": "2"}


def test_folder(stored: tuple[Path, artifacts.Images]) -> None:
    run_dir, images = stored
    made(run_dir, "folder")
    path = made(run_dir, "folder")  # again, in place of the first
    about = json.loads((path / "dataset.json").read_text())
    assert (about["ipc"], about["factor"], about["step"], about["classes"]) == (2, 2, 20, list(CLASSES))
    assert about["config"] == CONFIG.to_dict()
    for i, label in enumerate(LABELS):
        with Image.open(path / about["folders"][label] / f"{i % 2:03d}.png") as picture:
            pixels = np.asarray(picture).reshape(4, 4, -1).transpose(2, 0, 1)
        np.testing.assert_array_equal(pixels, np.rint(images[i] * 255).astype(np.uint8))
    assert len(list(path.rglob("*.png"))) == 6


@pytest.mark.parametrize("classes", [("a", "A", "a_1"), ("..", "", "/"), ("Katze", "hund ", "hund"), ("con.", "x" * 5)])
def test_folder_names_are_safe_and_distinct(classes: tuple[str, ...]) -> None:
    names = folder_names(classes)
    assert len({name.lower() for name in names}) == len(classes)
    assert all(name and Path(name).name == name and name not in (".", "..") for name in names)


def test_nothing_to_export(tmp_path: Path) -> None:
    for form in FORMATS:
        with pytest.raises(NotFound, match="no images"):
            export(tmp_path / "0123abcd", CONFIG, form, said)
    with pytest.raises(BadConfig, match="npz"):
        export(tmp_path, CONFIG, "docx", said)
    assert list(tmp_path.iterdir()) == []


def test_images_without_bounds_keep_their_values_but_in_pictures(tmp_path: Path) -> None:
    """What networks are trained on under host dc leaves [0, 1]."""
    run = RunFolder(tmp_path / "0123abcd")
    run.root.mkdir()
    images = np.random.default_rng(5).normal(0.5, 1, (3, 1, 4, 4)).astype(np.float32)
    artifacts.write_snapshot(run, 1, images, 3)
    for recipe, exact in (("dc", images), ("idc", images.clip(0, 1))):
        path = tmp_path / export(run.root, config_of(recipe=recipe), "npz", said)["path"]
        np.testing.assert_array_equal(np.load(path)["images"], exact)
    folder = Path(export(run.root, config_of(recipe="dc"), "folder", said)["path"])
    first = np.asarray(Image.open(next(folder.glob("0/*.png"))), np.float32)
    np.testing.assert_array_equal(first, np.rint(images[0, 0].clip(0, 1) * 255))

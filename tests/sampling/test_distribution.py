"""Real and synthetic images of two runs in one plane."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.errors import BadConfig, Damaged, NotFound, WrongState
from engine.sampling import distribution as module
from engine.sampling.distribution import distribution
from tests.small import small_config, small_data

PARAMS = {"label": 2, "method": "pca", "seed": 0}


@pytest.fixture(autouse=True)
def data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "run_data", lambda *_: small_data())


def run_folder(root: Path, name: str, ipc: int, images: bool = True) -> Path:
    config, folder = small_config(ipc=ipc, factor=2), root / name
    (folder / "snapshots").mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(config.to_dict()))
    if images:
        save_file({"images": torch.rand(3 * ipc, 1, 8, 8)}, folder / "snapshots" / "0000004.safetensors")
    return folder


def test_every_image_has_a_point_and_a_group(tmp_path: Path) -> None:
    folders = run_folder(tmp_path, "a", 1), run_folder(tmp_path, "b", 3)
    result = distribution(folders, small_config(), PARAMS, tmp_path, tmp_path, lambda _: None)
    assert result == {"count": 12, "class": "class 2", "first": 4, "other": 12}
    file = load_file(tmp_path / "distribution.safetensors")
    assert torch.bincount(file["group"]).tolist() == [12, 4, 12] and file["group"].dtype == torch.int64
    assert file["points"].shape == (28, 2) and file["points"].isfinite().all()


def test_the_newest_images_are_shown(tmp_path: Path) -> None:
    """Of the eight-digit step, which as text comes before the seven-digit one."""
    first, other = run_folder(tmp_path, "a", 1), run_folder(tmp_path, "b", 1)
    white = torch.ones(3, 1, 8, 8)
    save_file({"images": 0 * white}, other / "snapshots" / "9999999.safetensors")
    save_file({"images": white}, other / "snapshots" / "10000000.safetensors")
    shown = module._synthetic(other, small_data(), 0)
    assert torch.equal(shown, white[:1].expand_as(shown)) and first.is_dir()


def test_what_cannot_be_shown_is_said(tmp_path: Path) -> None:
    good, empty = run_folder(tmp_path, "a", 1), run_folder(tmp_path, "b", 1, images=False)
    cases = [
        (PARAMS | {"label": 3}, good, BadConfig),
        (PARAMS, tmp_path / "none", NotFound),
        (PARAMS, empty, WrongState),
    ]
    for params, other, error in cases:
        with pytest.raises(error):
            distribution((good, other), small_config(), params, tmp_path, tmp_path, lambda _: None)
    (empty / "snapshots" / "0000001.safetensors").write_bytes(b"torn")
    with pytest.raises(Damaged, match="cannot be read back"):
        distribution((good, empty), small_config(), PARAMS, tmp_path, tmp_path, lambda _: None)
    save_file({"images": torch.rand(3, 3, 8, 8)}, empty / "snapshots" / "0000001.safetensors")
    with pytest.raises(BadConfig, match="same data"):
        distribution((good, empty), small_config(), PARAMS, tmp_path, tmp_path, lambda _: None)

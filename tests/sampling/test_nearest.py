"""The nearest real image of each synthetic one, and the way of the synthetic images through a fixed plane."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.config import RunConfig
from engine.decode import decode, encode
from engine.errors import BadConfig, NotFound, WrongState
from engine.runner import kinds
from engine.sampling import nearest as near
from engine.sampling import path as way
from tests.small import small_config, small_data

DATA = small_data()


@pytest.fixture(autouse=True)
def data(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (near, way):
        monkeypatch.setattr(module, "run_data", lambda *_: DATA)


def run_folder(root: Path, config: RunConfig, images: dict[int, torch.Tensor]) -> Path:
    (root / "snapshots").mkdir(parents=True)
    (root / "config.json").write_text(json.dumps(config.to_dict()))
    for step, some in images.items():
        save_file({"images": some}, root / "snapshots" / f"{step:07d}.safetensors")
    return root


@pytest.mark.parametrize("factor", [1, 2])
def test_each_image_gets_the_nearest_of_its_own_class(tmp_path: Path, factor: int) -> None:
    config = small_config(ipc=2, factor=factor)
    stored = torch.rand(2 * DATA.num_classes, DATA.channels, DATA.side, DATA.side)
    folder = run_folder(tmp_path / "run", config, {4: stored})
    result = near.nearest(folder, config, {"step": 4}, tmp_path, tmp_path, lambda _: None)
    file = load_file(tmp_path / "nearest.safetensors")
    assert result["count"] == len(stored) and result["step"] == 4
    for i, image in enumerate(stored):
        label = i // config.ipc
        real = DATA.train_images[DATA.members[label]].float() / 255
        each = torch.stack([(real - tile).flatten(1).norm(dim=1) for tile in decode(image[None], factor)])
        assert file["distances"][i] == pytest.approx(float(each.min()), rel=1e-4)
        assert file["tiles"][i] == each.min(1).values.argmin()
        assert file["indices"][i] == DATA.members[label][each[file["tiles"][i]].argmin()]
        assert torch.equal(file["images"][i], DATA.train_images[file["indices"][i]])


def test_a_real_image_is_its_own_nearest() -> None:
    real = torch.randint(0, 256, (50, 3, 8, 8), dtype=torch.uint8)
    found = near.among(real[[7, 31]].float() / 255, real, 1)
    assert found.position.tolist() == [7, 31] and found.distance.tolist() == [0.0, 0.0]
    tiles = torch.rand(4, 3, 8, 8)
    hidden = encode(tiles, 2)
    third = (decode(hidden, 2)[2] * 255).round().to(torch.uint8)[None]
    assert near.among(hidden, third, 2).tile.tolist() == [2]


def test_many_real_images_are_compared_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    stored, real = torch.rand(3, 1, 8, 8), torch.randint(0, 256, (40, 1, 8, 8), dtype=torch.uint8)
    once = near.among(stored, real, 2)
    monkeypatch.setattr(near, "CHUNK", 7)
    for a, b in zip(once, near.among(stored, real, 2), strict=True):
        assert torch.equal(a, b)


def test_what_cannot_be_compared_is_said(tmp_path: Path) -> None:
    config = small_config(ipc=1)
    folder = run_folder(tmp_path / "run", config, {4: torch.rand(2, 1, 8, 8)})
    for params, error in (({"step": 5}, NotFound), ({"step": 4}, BadConfig)):
        with pytest.raises(error):
            near.nearest(folder, config, params, tmp_path, tmp_path, lambda _: None)


def test_both_can_be_asked_for() -> None:
    config = small_config()
    assert kinds.check("nearest", {"step": 40}, config) == {"step": 40}
    assert kinds.check("path", {}, config) == {"label": 0}
    with pytest.raises(BadConfig, match="step"):
        kinds.check("nearest", {"step": -1}, config)


def test_real_images_stay_where_they_are_while_the_synthetic_ones_move(tmp_path: Path) -> None:
    config = small_config(ipc=2, factor=2)
    shape = (2 * DATA.num_classes, DATA.channels, DATA.side, DATA.side)
    first = torch.rand(shape)
    folder = run_folder(tmp_path / "run", config, {0: first, 8: first, 12: torch.rand(shape)})
    result = way.path(folder, config, {"label": 1}, tmp_path, tmp_path, lambda _: None)
    file = load_file(tmp_path / "path.safetensors")
    assert file["steps"].tolist() == [0, 8, 12] and result["newest"] == 12
    assert file["points"].shape == (len(DATA.members[1]), 2) and file["synthetic"].shape == (3, 8, 2)
    assert torch.equal(file["synthetic"][0], file["synthetic"][1]), "the same images lie in the same place"
    assert not torch.allclose(file["synthetic"][1], file["synthetic"][2])
    assert file["points"].mean(0).abs().max() < 1e-3 * file["points"].abs().max() + 1e-4, "centred on the real images"


def test_a_long_way_is_thinned_and_keeps_its_ends() -> None:
    kept = way.some(list(range(0, 10_000, 3)))
    assert len(kept) == way.MOST_STEPS and (kept[0], kept[-1]) == (0, 9999)
    assert way.some([4, 5]) == [4, 5]


def test_a_way_without_images_or_class_is_said(tmp_path: Path) -> None:
    config = small_config(ipc=1)
    empty = run_folder(tmp_path / "run", config, {})
    with pytest.raises(WrongState):
        way.path(empty, config, {"label": 0}, tmp_path, tmp_path, lambda _: None)
    folder = run_folder(tmp_path / "other", config, {0: torch.rand(3, 1, 8, 8)})
    with pytest.raises(BadConfig, match="Class 9"):
        way.path(folder, config, {"label": 9}, tmp_path, tmp_path, lambda _: None)

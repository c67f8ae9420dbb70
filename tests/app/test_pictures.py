"""Images for the browser: the right pixels in the right place, nothing smoothed, nothing lost."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
import torch
from PIL import Image

from app.parts import pictures
from app.views.run import image_panel
from engine import decode


def some(seed: int, count: int, channels: int, side: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.random.default_rng(seed).random((count, channels, side, side), np.float32)


@pytest.mark.parametrize(("channels", "count", "columns"), [(1, 1, 1), (1, 10, 5), (3, 7, 3), (3, 2, 9)])
def test_a_sheet_holds_every_pixel(channels: int, count: int, columns: int) -> None:
    images = some(1, count, channels, 6)
    sheet = np.asarray(pictures.sheet(images, columns))
    wide = min(columns, count)
    for i, image in enumerate(np.rint(images * 255).astype(np.uint8)):
        top, left = i // wide * 7, i % wide * 7
        cell = sheet[top : top + 6, left : left + 6]
        assert np.array_equal(cell[..., :3], np.broadcast_to(image, (3, 6, 6)).transpose(1, 2, 0))
        assert (cell[..., 3] == 255).all()
    assert (sheet[..., 3] == 0).sum() == sheet[..., 3].size - count * 36, "between the images one sees through"


def test_an_address_holds_the_same_picture() -> None:
    picture = pictures.sheet(some(2, 4, 3, 5), 2)
    head, data = pictures.data_url(picture).split(",")
    assert head == "data:image/png;base64"
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))), np.asarray(picture))
    assert pictures.data_url(picture, "JPEG").startswith("data:image/jpeg;")


@pytest.mark.parametrize("factor", [1, 2, 3])
@pytest.mark.parametrize("side", [12, 16, 28])
def test_decoded_images_are_those_of_training(factor: int, side: int) -> None:
    """Same as the engine's, whose order is by tile instead of by image."""
    images = some(3, 4, 3, side)
    theirs = decode.decode(torch.from_numpy(images), factor).unflatten(0, (factor**2, 4)).transpose(0, 1).flatten(0, 1)
    np.testing.assert_allclose(pictures.decoded(images, factor), theirs.numpy(), atol=1e-5)


def test_differences_show_their_sign() -> None:
    before = np.full((2, 1, 2, 2), 0.5, np.float32)
    now = before.copy()
    now[0, 0, 0, 0], now[1, 0, 1, 1] = 0.9, 0.3
    colour, most = pictures.difference(now, before)
    assert colour.shape == (2, 3, 2, 2) and most == pytest.approx(0.4)
    lighter, darker, same = colour[0, :, 0, 0], colour[1, :, 1, 1], colour[0, :, 1, 1]
    assert lighter[0] > lighter[2] and darker[2] > darker[0] and np.allclose(same, 1)
    assert pictures.difference(now, now)[1] == pytest.approx(1 / 255), "no change divides by nothing"


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (2, 2), (4, 2), (10, 5), (50, 10), (7, 7), (97, 10)])
def test_rows_are_full_where_they_can_be(count: int, columns: int) -> None:
    assert image_panel.columns_for(count) == columns


@pytest.mark.parametrize("side", [8, 16, 28, 32, 64, 200])
@pytest.mark.parametrize("zoom", image_panel.ZOOM)
def test_images_are_enlarged_by_whole_factors(side: int, zoom: str) -> None:
    scales = [image_panel.scale(columns, side, zoom) for columns in (1, 2, 5, 10)]
    assert all(isinstance(scale, int) and scale >= 1 for scale in scales) and scales == sorted(scales, reverse=True)
    assert image_panel.scale(1, 8, "Small") < image_panel.scale(1, 8, "Medium") < image_panel.scale(1, 8, "Large")


def test_a_page_of_classes_is_cut_out_of_all() -> None:
    images = some(5, 24 * 2 * 4, 1, 8)
    shown = image_panel.Contents(images, 4, 0, "words")
    groups = image_panel.gallery(("some",), tuple(map(str, range(24))), 2, 20, shown)
    assert [(g.label, g.name, g.size, g.tiles) for g in groups] == [(i, str(i), 8, 4) for i in range(20, 24)]
    assert shown.classes(2) == 24 and len({g.url for g in groups}) == 4

"""Multi-formation: METHODS A4 and the invariants of A6.7."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from engine.decode import decode, decode_labels, encode


@pytest.mark.parametrize("factor", [1, 2, 3])
@pytest.mark.parametrize("side", [12, 16, 28])
def test_decoding_a_constant_image_gives_constants(factor: int, side: int) -> None:
    decoded = decode(torch.full((2, 3, side, side), 0.5), factor)
    assert decoded.shape == (2 * factor**2, 3, side, side)
    torch.testing.assert_close(decoded, torch.full_like(decoded, 0.5))


def test_factor_one_is_the_identity() -> None:
    x = torch.rand(4, 1, 16, 16)
    assert torch.equal(decode(x, 1), x) and torch.equal(encode(x, 1), x)


def test_tiles_come_tile_major_and_are_enlarged_as_pillow_does() -> None:
    x = torch.rand(3, 1, 16, 16)
    decoded = decode(x, 2)
    for tile, (top, left) in enumerate([(0, 0), (0, 8), (8, 0), (8, 8)]):
        for image in range(3):
            cut = Image.fromarray(x[image, 0, top : top + 8, left : left + 8].numpy())
            expected = np.asarray(cut.resize((16, 16), Image.Resampling.BILINEAR))
            np.testing.assert_allclose(decoded[tile * 3 + image, 0].numpy(), expected, atol=1e-6)


def test_decoding_keeps_the_mean_of_each_tile() -> None:
    """Enlarging by a whole factor weighs every pixel alike: what the borders lose by clamping they get back."""
    x = torch.rand(1, 1, 16, 16, dtype=torch.float64)
    torch.testing.assert_close(decode(x, 2)[0].mean(), x[0, 0, :8, :8].mean())


def test_an_indivisible_side_is_padded_with_one_half() -> None:
    decoded = decode(torch.zeros(1, 1, 16, 16), 3)
    assert decoded[0].max() == 0, "the first tile is inside"
    assert decoded[8, 0, -1, -1] == 0.5, "the last tile's corner is padding"


@pytest.mark.parametrize("factor", [2, 3])
def test_encode_puts_picture_k_of_image_i_into_tile_k(factor: int) -> None:
    ipc, side = 2, 12
    pictures = torch.arange(factor**2 * ipc).float().view(-1, 1, 1, 1).expand(-1, 1, side, side)
    torch.testing.assert_close(decode(encode(pictures, factor), factor), pictures)
    assert encode(torch.rand(factor**2, 1, 16, 16), factor).shape == (1, 1, 16, 16)


def test_gradients_flow_through_decoding() -> None:
    x = torch.rand(2, 1, 8, 8, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda y: decode(y, 3), x)


def test_labels_follow_the_tiles() -> None:
    assert decode_labels(torch.tensor([4, 7]), 2).tolist() == [4, 7] * 4

"""Differentiable augmentation (METHODS A0.3): ranges, sharing, composition, and each operation by a plain formula."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from engine import validation
from engine.augment import OPERATIONS, Drawn, apply, draw

MATCHING = "color_crop_cutout"
FAMILIES = "color_crop_cutout_flip_scale_rotate"


def drawn(strategy: str, count: int, side: int, seed: int) -> Drawn:
    return draw(strategy, count, side, torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("strategy", [FAMILIES, f"one_{FAMILIES}"])
def test_one_shared_draw_gives_equal_halves(strategy: str) -> None:
    """And is the same for each image: alone, or first or last in a batch (Siamese, in either composition)."""
    seen = set()
    for seed in range(40):
        x, how = torch.randn(5, 3, 16, 16), drawn(strategy, 1, 16, seed)
        seen |= set(how)
        both = apply(torch.cat([x, x]), how)
        assert torch.equal(both[:5], both[5:])
        torch.testing.assert_close(torch.cat([apply(image.unsqueeze(0), how) for image in x]), both[:5])
    assert seen == set(OPERATIONS)


@pytest.mark.parametrize("strategy", ["color", "crop", "cutout", "flip", "scale", "rotate", MATCHING])
def test_a_draw_can_be_replayed_and_per_image_parameters_belong_to_their_image(strategy: str) -> None:
    x, how = torch.randn(6, 3, 16, 16), drawn(strategy, 6, 16, 3)
    whole = apply(x, how)
    assert torch.equal(whole, apply(x, how))
    alone = torch.cat([apply(x[i : i + 1], {n: p[i : i + 1] for n, p in how.items()}) for i in range(6)])
    torch.testing.assert_close(whole, alone)


def test_exactly_one_geometric_operation_is_drawn_and_the_order_is_fixed() -> None:
    seen = set()
    for seed in range(40):
        names = list(drawn("rotate_cutout_scale_color_crop_flip", 2, 16, seed))
        assert names[:2] == ["flip", "color"] and names[-1] == "cutout" and len(names) == 4
        seen.add(names[2])
    assert seen == {"crop", "scale", "rotate"}
    assert list(drawn(MATCHING, 1, 16, 0)) == ["color", "crop", "cutout"]
    assert drawn("", 4, 16, 0) == {}


@pytest.mark.parametrize(("side", "reach", "hole"), [(32, 4, 16), (28, 4, 14), (64, 8, 32), (16, 2, 8)])
def test_ranges_of_the_papers(side: int, reach: int, hole: int) -> None:
    n = 4000
    colour = drawn("color", n, side, 0)["color"]
    for column, (low, high) in enumerate([(-0.5, 0.5), (0, 2), (0.5, 1.5)]):
        assert low <= colour[:, column].min() < low + 0.01 * (high - low)
        assert high - 0.01 * (high - low) < colour[:, column].max() <= high
    assert drawn("crop", n, side, 1)["crop"].unique().tolist() == list(range(-reach, reach + 1))
    start = drawn("cutout", n, side, 2)["cutout"]
    assert (float(start.min()), float(start.max())) == (-hole // 2, side - hole // 2)
    scale = drawn("scale", n, side, 3)["scale"]
    assert 1 / 1.2 <= scale.min() < 0.84 and 1.19 < scale.max() <= 1.2
    assert scale.T.corrcoef()[0, 1].abs() < 0.1, "each axis its own"
    angle = drawn("rotate", n, side, 4)["rotate"].rad2deg()
    assert -15 <= angle.min() < -14.9 and 14.9 < angle.max() <= 15
    assert 0.45 < drawn("flip", n, side, 5)["flip"].mean() < 0.55


def test_colour_by_the_plain_formula() -> None:
    x, how = torch.randn(4, 3, 8, 8, dtype=torch.float64), drawn("color", 4, 8, 0)
    shift, saturation, contrast = how["color"].double().view(4, 3, 1, 1, 1).unbind(1)
    y = x + shift
    y = y.mean(1, keepdim=True) * (1 - saturation) + y * saturation
    mean = y.mean((1, 2, 3), keepdim=True)
    torch.testing.assert_close(apply(x, how), mean * (1 - contrast) + y * contrast)


@pytest.mark.parametrize("shared", [True, False])
def test_crop_shifts_by_whole_pixels_and_lets_zeros_in(shared: bool) -> None:
    x, how = torch.rand(5, 2, 16, 16) + 1, drawn("crop", 1 if shared else 5, 16, 9)
    out = apply(x, how)
    for i in range(5):
        dy, dx = how["crop"][0 if shared else i].int().tolist()
        for r in range(16):
            for c in range(16):
                inside = 0 <= r + dy < 16 and 0 <= c + dx < 16
                expected = x[i, :, r + dy, c + dx] if inside else torch.zeros(2)
                assert torch.equal(out[i, :, r, c], expected)


def test_cutout_zeroes_one_square_and_nothing_else() -> None:
    x, how = torch.rand(50, 1, 16, 16) + 1, drawn("cutout", 50, 16, 4)
    for image, start in zip(apply(x, how), how["cutout"].int().tolist(), strict=True):
        hole = image[0] == 0
        rows, columns = (range(max(s, 0), min(s + 8, 16)) for s in start)
        expected = torch.zeros(16, 16, dtype=torch.bool)
        expected[rows.start : rows.stop, columns.start : columns.stop] = True
        assert torch.equal(hole, expected)


def bilinear(image: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """The image [C, H, H] read at fractional pixels [H, H]: each pixel counts by how near it is, and what is outside is zero."""
    at = torch.arange(image.shape[-1], dtype=image.dtype)
    near_rows, near_columns = ((1 - (where.unsqueeze(2) - at).abs()).clamp(min=0) for where in (rows, columns))
    return torch.einsum("cij,rki,rkj->crk", image, near_rows, near_columns)


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("side", [8, 9])
@pytest.mark.parametrize("name", ["scale", "rotate"])
def test_scale_and_rotate_by_the_plain_formula(name: str, side: int, shared: bool) -> None:
    """METHODS A0.3: the matrix says, for a pixel of the result, where in the image it is read, both from the middle. So a scale
    below 1 zooms in, sx along a row and sy along a column; and rows count downwards, so a positive angle turns anticlockwise."""
    x = torch.randn(4, 2, side, side, dtype=torch.float64)
    how = {name: drawn(name, 1 if shared else 4, side, int(torch.randint(9999, ()))).pop(name).double()}
    down, right = torch.meshgrid(*[torch.arange(side).double() - (side - 1) / 2] * 2, indexing="ij")
    for image, out, p in zip(x, apply(x, how), how[name].expand(4, -1), strict=True):
        if name == "scale":
            rows, columns = p[1] * down, p[0] * right
        else:
            rows, columns = p[0].sin() * right + p[0].cos() * down, p[0].cos() * right - p[0].sin() * down
        middle = (side - 1) / 2
        torch.testing.assert_close(out, bilinear(image, rows + middle, columns + middle), rtol=1e-9, atol=1e-12)


def test_a_scale_below_one_zooms_in_and_a_positive_angle_turns_anticlockwise() -> None:
    spot = torch.zeros(1, 1, 9, 9, dtype=torch.float64)
    spot[..., 3:6, 3:6] = 1
    assert apply(spot, {"scale": torch.full((1, 2), 1 / 1.2)}).sum() > 1.3 * spot.sum()
    assert apply(spot, {"scale": torch.full((1, 2), 1.2)}).sum() < 0.8 * spot.sum()
    right = torch.zeros(1, 1, 9, 9, dtype=torch.float64)
    right[..., 4, 7] = 1
    turned = apply(right, {"rotate": torch.full((1, 1), 0.25)})
    assert turned[..., :4, :].sum() > 0.5 and turned[..., 5:, :].sum() == 0, "what was right of the middle goes up"


def test_flipping_twice_and_turning_by_nothing_are_identities() -> None:
    x = torch.randn(3, 1, 8, 8)
    assert torch.equal(apply(apply(x, {"flip": torch.ones(1, 1)}), {"flip": torch.ones(1, 1)}), x)
    torch.testing.assert_close(apply(x, {"rotate": torch.zeros(1, 1)}), x)
    torch.testing.assert_close(apply(x, {"scale": torch.ones(1, 2)}), x)


def test_gradients_flow_through_every_operation() -> None:
    for name in OPERATIONS:
        how = {n: p.double() for n, p in drawn(name, 1, 8, 11).items()}
        x = torch.randn(2, 3, 8, 8, dtype=torch.float64, requires_grad=True)
        assert torch.autograd.gradcheck(lambda y, how=how: apply(y, how), x), name


def test_the_settings_know_the_same_operations() -> None:
    assert set(validation.OPERATIONS) == set(OPERATIONS)


def test_one_of_the_listed_operations_is_drawn_for_the_whole_batch() -> None:
    """DSA's composition (METHODS A0.3 (i)): each family about as often, and never two."""
    strategy = f"one_{FAMILIES}"
    seen = [tuple(drawn(strategy, 3, 16, seed)) for seed in range(600)]
    assert {len(names) for names in seen} == {1}
    counts = {name: seen.count((name,)) for name in OPERATIONS}
    assert all(60 < count < 140 for count in counts.values()), counts
    assert drawn(strategy, 3, 16, 1)[seen[1][0]].shape[0] == 3, "parameters for every image"

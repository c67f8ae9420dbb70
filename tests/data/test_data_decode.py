"""One image file -> one square of pixels."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from engine.data.decode import MAX_PIXELS, quiet, square
from engine.errors import BadData
from tests.data.samples import encoded, noise

RNG = np.random.default_rng(7)


def read(blob: bytes, side: int = 8, channels: int = 3) -> NDArray[np.uint8]:
    with quiet():
        return square(blob, "cat/a.png", side, channels)


def header(width: int, height: int) -> bytes:
    """A PNG of that size which holds no pixels at all."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def test_a_colour_image_of_the_right_side_keeps_its_pixels() -> None:
    pixels = noise(RNG)
    assert (read(encoded(Image.fromarray(pixels))) == pixels.transpose(2, 0, 1)).all()


def test_colour_becomes_grey_as_pillow_does() -> None:
    image = Image.fromarray(noise(RNG))
    assert (read(encoded(image), channels=1)[0] == np.asarray(image.convert("L"))).all()


@pytest.mark.parametrize("side", [5, 8, 30])
def test_resizing_is_pillows_bilinear(side: int) -> None:
    image = Image.fromarray(noise(RNG, 20))
    expected = np.asarray(image.resize((side, side), Image.Resampling.BILINEAR)).transpose(2, 0, 1)
    assert (read(encoded(image), side) == expected).all()


@pytest.mark.parametrize("axis", [0, 1])
def test_the_centre_of_an_oblong_image_is_taken(axis: int) -> None:
    bands = np.repeat(np.array([10, 200, 90], dtype=np.uint8), 8)
    pixels = np.broadcast_to(bands[:, None] if axis == 0 else bands, (24, 8) if axis == 0 else (8, 24))
    assert (read(encoded(Image.fromarray(np.ascontiguousarray(pixels))), channels=1) == 200).all()


def test_sixteen_bits_become_eight() -> None:
    levels = np.arange(64).reshape(8, 8) * 4
    image = Image.fromarray((levels * 257).astype(np.uint16))
    assert (read(encoded(image), channels=1)[0] == levels).all()
    assert (read(encoded(image), channels=3) == levels).all()


def test_transparency_is_laid_on_white() -> None:
    half = np.zeros((8, 8, 4), dtype=np.uint8)
    half[:4, :, 3] = 255
    grey = Image.fromarray(half[:, :, 2:].copy())
    palette = Image.new("P", (8, 8), 1)
    palette.putpalette([0, 0, 0, 9, 9, 9])
    palette.paste(0, (0, 0, 8, 4))
    for blob in (encoded(Image.fromarray(half)), encoded(grey), encoded(palette, transparency=1)):
        pixels = read(blob)
        assert (pixels[:, :4] == 0).all()
        assert (pixels[:, 4:] == 255).all()


def test_palette_black_and_white_and_print_colours() -> None:
    palette = Image.new("P", (8, 8), 1)
    palette.putpalette([0, 0, 0, 250, 120, 30])
    assert read(encoded(palette))[:, 0, 0].tolist() == [250, 120, 30]
    assert (read(encoded(Image.new("1", (8, 8), 1))) == 255).all()
    cmyk = read(encoded(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG"))[:, 0, 0].tolist()
    assert cmyk[0] > 240
    assert max(cmyk[1:]) < 15


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "GIF", "TIFF", "WEBP", "PPM"])
def test_every_format_is_read(kind: str) -> None:
    assert (abs(read(encoded(Image.new("RGB", (9, 9), (120, 120, 120)), kind)).astype(int) - 120) <= 2).all()


@pytest.mark.parametrize(
    ("blob", "words"),
    [
        (b"", "no known image"),
        (b"GIF89a", "damaged"),
        (b"not an image", "no known image"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n", "no known image"),
        (encoded(Image.fromarray(noise(RNG)))[:60], "damaged"),
        (encoded(Image.fromarray(noise(RNG, 64)), "JPEG")[:-400], "damaged"),
        (encoded(Image.fromarray(np.zeros((8, 8), dtype=np.float32)), "TIFF"), "fractions"),
        (encoded(Image.fromarray(np.full((8, 8), 70_000, dtype=np.int32)), "TIFF"), "16 bits"),
        (header(9000, 9000), f"{MAX_PIXELS:,} pixels"),
        (header(12_000, 12_000), f"{MAX_PIXELS:,} pixels"),
        (header(100_000, 100_000), f"{MAX_PIXELS:,} pixels"),
    ],
)
def test_what_cannot_be_read_is_named(blob: bytes, words: str) -> None:
    with pytest.raises(BadData, match=r"Image 'cat/a.png'") as caught:
        read(blob)
    assert words in str(caught.value)


def test_any_bytes_give_an_image_or_one_sentence() -> None:
    """Whole images with bytes changed at random: nothing but BadData ever comes out."""
    for kind in ("PNG", "JPEG", "GIF", "TIFF", "BMP", "WEBP"):
        whole = np.frombuffer(encoded(Image.fromarray(noise(RNG, 16)), kind), dtype=np.uint8)
        for _ in range(40):
            broken = whole.copy()
            broken[RNG.integers(0, len(broken), 4)] = RNG.integers(0, 256, 4)
            try:
                assert read(broken.tobytes()).shape == (3, 8, 8)
            except BadData as error:
                assert "cat/a.png" in str(error)

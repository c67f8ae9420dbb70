"""One image file, as bytes -> one square of pixels. The files are anyone's: only the formats named here are ever tried."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from engine.errors import BadData

FORMATS = ("JPEG", "PNG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
SUFFIXES = frozenset({"jpg", "jpeg", "png", "bmp", "gif", "tif", "tiff", "webp", "ppm", "pgm", "pbm", "pnm"})
MAX_PIXELS = 64_000_000  # a large camera's; stays below the size at which Pillow itself begins to warn
WHITE = 255

Square = NDArray[np.uint8]


@contextmanager
def quiet() -> Iterator[None]:
    """Pillow's remarks about odd metadata stay out of the log, its alarm about a decompression bomb is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def square(blob: bytes, name: str, side: int, channels: int) -> Square:
    """The image in `blob`, its centre cropped to a square and resized: uint8 [channels, side, side].

    Call it inside `quiet()`. Raises BadData, naming the image, when it is damaged, too large or of a kind not read.
    """
    try:
        with Image.open(io.BytesIO(blob), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise _too_large(name)
            pixels = _shaped(_plain(image, channels), side)
    except BadData:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large(name) from None
    except _Unfit as error:
        raise BadData(f"Image '{name}' {error}; save it in RGB or grey with 8 bits per channel.") from None
    except Exception as error:  # a parser of hostile bytes may raise anything; all of it means the same
        reason = str(error) if not isinstance(error, UnidentifiedImageError) else "its content is no known image"
        raise BadData(f"Image '{name}' is damaged or no image ({reason:.200}); replace or remove it.") from None
    return pixels


class _Unfit(Exception):
    """A whole image whose pixels have no plain meaning here."""


def _too_large(name: str) -> BadData:
    return BadData(
        f"Image '{name}' has more than {MAX_PIXELS:,} pixels, the most that is read; make it smaller or remove it."
    )


def _plain(image: Image.Image, channels: int) -> Image.Image:
    """The image as L (one channel) or RGB (three): transparency laid on white, 16 bits brought down to 8."""
    wanted = "L" if channels == 1 else "RGB"
    if image.mode == wanted and "transparency" not in image.info:
        image.load()
        return image
    if image.mode.startswith("I"):
        image = _eight_bits(image)
    elif image.mode == "F":
        raise _Unfit("holds fractions instead of whole numbers")
    elif image.mode in ("RGBA", "LA", "PA", "RGBa") or "transparency" in image.info:
        colour = image.convert("RGBA")
        image = Image.new("RGBA", colour.size, (WHITE, WHITE, WHITE, WHITE))
        image.alpha_composite(colour)
    elif image.mode == "LAB":
        raise _Unfit("holds LAB colours")
    return image.convert("RGB").convert(wanted)


def _eight_bits(image: Image.Image) -> Image.Image:
    """A 16-bit grey image as L; 65,535 becomes 255."""
    values = np.asarray(image).astype(np.int64)
    if values.min() < 0 or values.max() > 65_535:
        raise _Unfit("holds numbers of more than 16 bits")
    return Image.fromarray(((values + 128) // 257).astype(np.uint8))


def _shaped(image: Image.Image, side: int) -> Square:
    """Centre crop to a square, bilinear resize, channels first."""
    if image.size != (side, side):
        short = min(image.size)
        left, top = (image.width - short) // 2, (image.height - short) // 2
        box = (left, top, left + short, top + short)
        image = image.resize((side, side), Image.Resampling.BILINEAR, box=box)
    pixels = np.asarray(image)
    return pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)

"""Images as the browser gets them: lossless PNG, enlarged only there, pixel-sharp. Arrays are float32 [n, C, H, W] in [0, 1]
or uint8 of the same shape, C = 1 (grey) or 3 (colour)."""

from __future__ import annotations

import base64
import io
import math
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

Images = npt.NDArray[Any]
GAP = 1  # pixels between the images of a sheet
_COLD, _HOT = np.array([0.11, 0.31, 0.85]), np.array([0.76, 0.25, 0.05])  # darker than before, lighter than before


def bytes_of(images: Images) -> npt.NDArray[np.uint8]:
    """uint8 of the same shape."""
    return images if images.dtype == np.uint8 else np.rint(np.clip(images, 0, 1) * 255).astype(np.uint8)


def decoded(images: Images, factor: int) -> Images:
    """Each image cut into factor x factor tiles, each enlarged to the full side: [n*factor², C, H, W], the tiles of one image
    together. The same pixels as the networks are trained on (padding of 0.5 where `factor` does not divide the side)."""
    if factor == 1:
        return images
    side = images.shape[-1]
    tile = math.ceil(side / factor)
    pad = tile * factor - side
    whole = np.pad(images, ((0, 0), (0, 0), (0, pad), (0, pad)), constant_values=0.5)
    cuts = range(0, tile * factor, tile)
    return np.stack(
        [_enlarged(image[:, y : y + tile, x : x + tile], side) for image in whole for y in cuts for x in cuts]
    )


def difference(now: Images, before: Images) -> tuple[Images, float]:
    """What changed, in colour on white: orange = lighter than before, blue = darker. With the change that full colour
    stands for, at least 1/255."""
    change = (np.asarray(now, np.float32) - np.asarray(before, np.float32)).mean(1)  # [n, H, W]
    most = max(float(np.abs(change).max(initial=0)), 1 / 255)
    share = np.abs(change / most)[:, None]
    colour = np.where(change[:, None] > 0, _HOT[None, :, None, None], _COLD[None, :, None, None])
    return (1 - share * (1 - colour)).astype(np.float32), most


def sheet(images: Images, columns: int, gap: int = GAP) -> Image.Image:
    """One picture of all images, row by row, see-through between them."""
    count, channels, height, width = images.shape
    columns = max(1, min(columns, count))
    rows = math.ceil(count / columns)
    canvas = np.zeros((rows * (height + gap) - gap, columns * (width + gap) - gap, 4), np.uint8)
    pixels = np.broadcast_to(bytes_of(images), (count, 3, height, width)) if channels == 1 else bytes_of(images)
    for i, picture in enumerate(pixels):
        top, left = (i // columns) * (height + gap), (i % columns) * (width + gap)
        canvas[top : top + height, left : left + width, :3] = picture.transpose(1, 2, 0)
        canvas[top : top + height, left : left + width, 3] = 255
    return Image.fromarray(canvas)


def data_url(picture: Image.Image, form: str = "PNG") -> str:
    """The picture inside its own address: lossless PNG, or JPEG where size matters more."""
    buffer = io.BytesIO()
    if form == "PNG":
        picture.save(buffer, form, compress_level=3)
    else:
        picture.convert("RGB").save(buffer, form, quality=85)
    return f"data:image/{form.lower()};base64," + base64.b64encode(buffer.getvalue()).decode()


def _enlarged(tile: Images, side: int) -> Images:
    """[C, h, w] -> [C, side, side], bilinear."""
    return np.stack(
        [
            np.asarray(Image.fromarray(np.asarray(c, np.float32)).resize((side, side), Image.Resampling.BILINEAR))
            for c in tile
        ]
    )

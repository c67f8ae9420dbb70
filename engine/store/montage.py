"""One picture of a whole synthetic set."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

GAP = 1  # pixels between images, white


def montage(images: NDArray[np.float32], rows: int) -> Image.Image:
    """`images` [rows*n, C, H, W], shown from 0 to 1 -> one picture, images of a row side by side, C = 1 (grey) or 3 (colour).

    Values are rounded to 8 bits; the exact ones are in the safetensors file beside it.
    """
    count, channels, height, width = images.shape
    columns = count // rows
    sheet = np.full((rows * (height + GAP) - GAP, columns * (width + GAP) - GAP, channels), 255, np.uint8)
    pixels = np.rint(np.clip(images, 0, 1) * 255).astype(np.uint8).transpose(0, 2, 3, 1)
    for i in range(rows * columns):
        top, left = (i // columns) * (height + GAP), (i % columns) * (width + GAP)
        sheet[top : top + height, left : left + width] = pixels[i]
    return Image.fromarray(sheet[..., 0] if channels == 1 else sheet)

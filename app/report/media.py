"""S over the run as files: one sheet of all frames for the player in a page, an animated GIF, an MP4."""

from __future__ import annotations

import io
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from app.report.facts import Growth, Pixels, spread

GAP = 1  # pixels between images of a frame
WIDTH = 480  # pixels that a film is about as wide as: images are enlarged by a whole factor
SECONDS = 8.0  # that a film takes, where its frames are many
SLOWEST, QUICKEST = 0.5, 0.1  # seconds of a frame
REST = 2.0  # seconds that a GIF shows its last frame
COLOURS = 256  # that a frame of a GIF may have


def pace(frames: int) -> float:
    """Seconds that each frame is shown."""
    return min(SLOWEST, max(QUICKEST, SECONDS / max(1, frames)))


def sheet(growth: Growth) -> bytes:
    """PNG of all images without gaps: a row for each frame, lossless."""
    frames = growth.frames
    count, images, channels, height, width = frames.shape
    rows = frames.transpose(0, 3, 1, 4, 2).reshape(count * height, images * width, channels)
    buffer = io.BytesIO()
    Image.fromarray(rows[..., 0] if channels == 1 else rows).save(buffer, "PNG", compress_level=9)
    return buffer.getvalue()


def picture(frame: Pixels, columns: int) -> Pixels:
    """A frame [n, C, H, W] as a person sees it, white between the images: uint8 [height, width, C]."""
    count, channels, height, width = frame.shape
    rows = math.ceil(count / columns)
    canvas = np.full((rows * (height + GAP) - GAP, columns * (width + GAP) - GAP, channels), 255, np.uint8)
    for i, image in enumerate(frame):
        top, left = (i // columns) * (height + GAP), (i % columns) * (width + GAP)
        canvas[top : top + height, left : left + width] = image.transpose(1, 2, 0)
    return canvas


def factor(growth: Growth) -> int:
    """By what whole factor images are enlarged in a film."""
    width = growth.columns * (int(growth.frames.shape[-1]) + GAP) - GAP
    return max(1, round(WIDTH / width))


def gif(growth: Growth) -> bytes:
    """Grey images exactly; colours are reduced to 256 in each frame. It repeats for ever."""
    frames = [_indexed(picture(frame, growth.columns), factor(growth)) for frame in growth.frames]
    each = round(1000 * pace(len(frames)))
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:], loop=0, optimize=False, disposal=1,
                   duration=[*[each] * (len(frames) - 1), round(1000 * REST)])  # fmt: skip
    return buffer.getvalue()


def _indexed(pixels: Pixels, times: int) -> Image.Image:
    if pixels.shape[2] == 1:
        small = Image.fromarray(pixels[..., 0])
    else:
        small = Image.fromarray(pixels).quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    return small.resize((small.width * times, small.height * times), Image.Resampling.NEAREST)


def write_mp4(growth: Growth, path: Path) -> None:
    """H.264, which every browser and slide program plays. White fills a side of odd length, which the format does not know."""
    import av  # brings a hundred megabytes of codecs: only whoever makes a film loads them

    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as film:
        whole = [_even(picture(frame, growth.columns), factor(growth)) for frame in growth.frames]
        stream: Any = film.add_stream("libx264", rate=Fraction(1 / pace(len(whole))).limit_denominator(100))
        stream.height, stream.width = whole[0].shape[:2]
        stream.pix_fmt, stream.options = "yuv420p", {"crf": "14"}
        for pixels in whole:
            film.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
        film.mux(stream.encode())


def _even(pixels: Pixels, times: int) -> Pixels:
    large = pixels.repeat(times, 0).repeat(times, 1)
    whole = np.pad(large, ((0, large.shape[0] % 2), (0, large.shape[1] % 2), (0, 0)), constant_values=255)
    return np.ascontiguousarray(np.broadcast_to(whole, (*whole.shape[:2], 3)))


def weight(growth: Growth) -> int:
    """Bytes that the frames take in a page, about: the player's sheet, the GIF, and words about them. Judged by three of the frames: to draw them all takes long."""
    some = sorted({0, len(growth.steps) // 2, len(growth.steps) - 1})
    few = growth._replace(frames=growth.frames[some])
    each = (len(sheet(few)) + len(gif(few))) / len(some)
    return round(each * len(growth.steps) * 1.1 * 4 / 3) + 50_000


def within(growth: Growth, most: int) -> Growth:
    """The same with less to show, until all frames take at most so many bytes."""
    while growth.frames.nbytes > most and (less := smaller(growth)):
        growth = less
    return growth


def smaller(growth: Growth) -> Growth | None:
    """About half as much to show: fewer frames down to 24, then fewer images, then fewer frames again. None where nothing more
    can go."""
    frames, tiles, columns = len(growth.steps), growth.shown, growth.columns
    if frames > 24 or (tiles <= columns and frames > 2):
        keep = spread(list(range(frames)), max(24 if frames > 24 else 2, frames // 2))
        return growth._replace(frames=growth.frames[keep], steps=tuple(growth.steps[i] for i in keep))
    if tiles > columns:
        return growth._replace(
            frames=growth.frames[:, : max(1, tiles // columns // 2) * columns],
            names=growth.names if growth.per_class else growth.names[: max(1, tiles // columns // 2) * columns],
        )
    if columns > 1:
        half = columns // 2
        return growth._replace(frames=growth.frames[:, :half], names=growth.names[:half], columns=half)
    return None

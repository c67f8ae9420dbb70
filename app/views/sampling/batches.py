"""Two batches of one class side by side: which stands for it better, their images and figures, where they lie among its
gradient norms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st

from app.charts.embedding import Batch
from app.charts.gradient_histogram import gradient_histogram
from app.components.live_chart import live_chart
from app.parts import pictures, words
from app.views.sampling.reading import Study
from app.views.sampling.samplers import SAMPLERS
from engine.metrics.catalog import METRICS

MOST_SHOWN = 256  # images of a batch on the screen
COLUMNS = 16
EQUAL = 1.05  # below 5 % nobody should read anything into a difference
HEIGHT = 220


def show(study: Study, pair: Mapping[str, Batch], names: Mapping[str, str], result: Mapping[str, Any]) -> None:
    """`pair` and `names`: the batches and their samplers, by "left" and "right"."""
    st.markdown(f"{verdict(names, result)} (MMD²: smaller is closer.)")
    for side, batch in pair.items():
        _batch(SAMPLERS[names[side]].title, SAMPLERS[names[side]].meaning, study.images[batch.positions], result[side])
    _norms(study, pair)


def verdict(names: Mapping[str, str], result: Mapping[str, Any]) -> str:
    """Which batch stands for the class better, in a sentence."""
    near, far = sorted(("left", "right"), key=lambda side: float(result[side]["mmd"]))
    small, large = result[near]["mmd"], result[far]["mmd"]
    if not large > EQUAL * small > 0:
        return "Here both batches stand about equally close to the whole class."
    close, other, times = SAMPLERS[names[near]].batch, SAMPLERS[names[far]].batch, f"{large / small:.1f}×"
    if names[near] == "random":
        return f"Here the random batch happens to stand {times} closer to the class than the {other}; other draws may differ."
    return f"The {close} stands **{times} closer** to the whole class than the {other}."


def _batch(title: str, meaning: str, images: npt.NDArray[np.uint8], figures: Mapping[str, float | None]) -> None:
    st.markdown(f"**{title}** · {words.many(len(images), 'image')}", help=meaning)
    with st.container(horizontal=True, gap="medium"):
        st.metric("MMD² to the class", f"{figures['mmd']:.4f}", help=METRICS["mmd.representative"].meaning)
        st.metric("Spread", f"{figures['spread']:.3g}", help="Root mean squared distance of the batch's features from their mean: how varied it is.")  # fmt: skip
        norm = figures["norm"]
        st.metric("Mean gradient norm", words.DASH if norm is None else f"{norm:.3g}",
                  help="Mean length of the network's gradient on one image of the batch by itself. Large: the network still has much to learn from these images.")  # fmt: skip
    grid(images)


def grid(images: npt.NDArray[np.uint8]) -> None:
    """Up to `MOST_SHOWN` images in one picture, enlarged without smoothing."""
    shown = images[:MOST_SHOWN]
    picture = pictures.sheet(shown, min(COLUMNS, len(shown)))
    scale = max(1, round(32 / shown.shape[-1]))
    st.html(
        f'<div class="gallery"><img alt="{words.many(len(shown), "real image")}" src="{pictures.data_url(picture)}" style="width:{picture.width * scale}px"></div>'
    )
    if len(shown) < len(images):
        st.caption(f"The first {len(shown)} of {len(images):,}.")


def _norms(study: Study, pair: Mapping[str, Batch]) -> None:
    known = int(np.isfinite(study.norms).sum())
    st.markdown("**Gradient norms of the class**", help=f"{METRICS['gradient.norm'].title}: length of the network's gradient on one image by itself. "
                "Images in the middle of a class pull little, those at its edge a lot.")  # fmt: skip
    if not known:
        st.caption("This network normalises over the batch, so an image has no gradient of its own.")
        return
    live_chart(gradient_histogram(study.norms, list(pair.values())), "gradient-histogram", "Gradient norms", HEIGHT)
    st.caption(
        "A batch that stands for its class follows the bars; one that leans to the left teaches little, one that leans to the right pulls at the edges."
        + (f" Measured on {known:,} of {len(study.norms):,} images." if known < len(study.norms) else "")
    )

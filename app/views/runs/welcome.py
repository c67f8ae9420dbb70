"""For whoever is new: what this is, one thing to do, and afterwards where to go from there."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from PIL import Image

from app.parts import guard, pictures, places, style
from app.views.launch.launch_form import DEMO
from engine import api
from engine.api import Run

_PUT_AWAY = "what-next-put-away"
FEW = 3  # runs, up to which a person may still be new here


def welcome() -> None:
    """Three short steps; the second is the one button."""
    with st.container(key="welcome", horizontal_alignment="center", gap="medium"):
        st.header("Distil a dataset into a handful of images", anchor=False, text_alignment="center")
        st.html(_before_and_after())
        with st.grid(3, min_column_width=260, gap="large", key="welcome-steps"):
            _what()
            _try_it()
            _then()


def _what() -> None:
    with st.container(gap="small"):
        st.subheader("1. What it is", anchor=False)
        st.markdown(
            "Dataset distillation turns thousands of training images into a few synthetic ones that teach a network "
            "almost as well. Above: real handwritten digits, and what the demo makes of them."
        )


def _try_it() -> None:
    with st.container(gap="small"):
        st.subheader("2. Try it", anchor=False)
        if api.readonly():
            st.markdown("There are no runs to look at yet. This Distillery only shows: somebody else starts them.")
            return
        st.markdown("The demo distils real digits on any CPU, in about two minutes, and needs no download.")
        if st.button("Run the two-minute demo", type="primary", icon=":material/play_arrow:"):
            with guard.told():
                with st.spinner("Starting the engine"):
                    run = api.launch({}, preset=DEMO)
                st.switch_page(places.RUN, query_params={"id": run.id})


def _then() -> None:
    with st.container(gap="small"):
        st.subheader("3. What to look at", anchor=False)
        st.markdown(
            "- **The images**: digits sharpen while the run learns. Drag the step control to go back.\n"
            "- **The accuracies**: networks that saw only these images, tested on digits they never saw.\n"
            "- **Sampling**: why well-chosen batches of real images teach more than random ones."
        )


def what_next(runs: Sequence[Run]) -> None:
    """After the first finished run: three ways on. Put away for this visit by its button, and gone once there are more runs."""
    finished = [run for run in runs if run.state == "finished"]
    if api.readonly() or not finished or len(runs) > FEW or st.session_state.get(_PUT_AWAY):
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="what-next"):
        st.markdown("**What next?**", width="content")
        st.page_link(
            places.SAMPLING,
            label="See why it works",
            icon=":material/scatter_plot:",
            query_params={"id": finished[0].id},
        )
        st.page_link(places.STUDIES, label="Repeat a table of the paper", icon=":material/science:")
        st.page_link(places.DATASETS, label="Bring your own images", icon=":material/photo_library:")
        if len(finished) > 1:
            st.page_link(places.COMPARE, label="Compare your runs", icon=":material/compare_arrows:",
                         query_params={"ids": ",".join(run.id for run in finished)})  # fmt: skip
        st.space("stretch")
        st.button(
            "",
            icon=":material/close:",
            help="Put this away",
            type="tertiary",
            key="what-next-close",
            on_click=_put_away,
        )


def _put_away() -> None:
    st.session_state[_PUT_AWAY] = True


@st.cache_data(show_spinner=False)
def _before_and_after() -> str:
    """Real digits, an arrow, and what the demo once made of them."""
    sides = (
        ("welcome-real.png", 1, "1,437 real images", "A wall of small handwritten digits"),
        (
            "welcome-distilled.png",
            3,
            "10 synthetic images",
            "Ten images, one for each digit, blurred towards their essence",
        ),
    )
    figures = [
        f'<figure><img alt="{alt}" src="{pictures.data_url(picture)}" style="width:{picture.width * scale}px">'
        f"<figcaption>{caption}</figcaption></figure>"
        for name, scale, caption, alt in sides
        for picture in (Image.open(style.ASSETS / name),)
    ]
    return f'<div class="gallery welcome">{figures[0]}<span aria-hidden="true">→</span>{figures[1]}</div>'

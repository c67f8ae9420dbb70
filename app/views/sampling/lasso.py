"""The images a person drew a lasso around, or the cluster of the one that was clicked."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from app.parts import pictures
from app.views.sampling.reading import Study

PER_PAGE = 96
SIDE = 40  # pixels of an image on the screen, about
_CLEARED = "lasso-cleared"


def chart_key(of: str) -> str:
    """The key of the chart about `of`. Clearing gives it another, so that the browser draws it anew, without its lasso."""
    cleared: int = st.session_state.get(_CLEARED, 0)
    return f"embedding-{of}-{cleared}"


def chosen(key: str, count: int) -> list[int]:
    """Positions inside the lasso of the chart of that key, ascending."""
    return known((st.session_state.get(key) or {}).get("selected"), count)


def known(sent: object, count: int) -> list[int]:
    """What the browser sent, ascending, but for what is no position in 0..count-1."""
    return sorted({i for i in sent if isinstance(i, int) and 0 <= i < count}) if isinstance(sent, list) else []


def show(title: str, positions: Sequence[int], study: Study) -> None:
    """The images of these positions, each with its number, and a way back."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{title}**", width="content")
        st.button("Clear", on_click=_clear, icon=":material/close:", type="tertiary", key="lasso-clear")
    pages = -(-len(positions) // PER_PAGE)
    page = st.pagination(pages, key="lasso-page") if pages > 1 else 1
    first = (min(page, pages) - 1) * PER_PAGE
    st.html(gallery(positions[first : first + PER_PAGE], study))
    st.caption("The number is the image's place in its class, from 0.")


def gallery(positions: Sequence[int], study: Study) -> str:
    """HTML of these images, each with its position as `data-id`."""
    side = study.images.shape[-1]
    width = side * max(1, round(SIDE / side))
    return f'<div class="gallery" style="gap:8px">{"".join(_one(i, study, width) for i in positions)}</div>'


def _one(position: int, study: Study, width: int) -> str:
    url = pictures.data_url(pictures.sheet(study.images[position : position + 1], 1, gap=0))
    words = html.escape(f"image {position} of the class, image {study.members[position]} of the training set")
    return (
        f'<figure data-id="{position}" title="{words}"><img alt="{words}" src="{url}" style="width:{width}px">'
        f"<figcaption>{position}</figcaption></figure>"
    )


def _clear() -> None:
    st.session_state[_CLEARED] = st.session_state.get(_CLEARED, 0) + 1

"""Adding own images to the list of datasets."""

from __future__ import annotations

import streamlit as st

from app.parts import own_images, places
from engine.api import OwnDataset


def form() -> None:
    """Folded until it is wanted. Once added, the dataset's own view shows what was found."""
    with st.expander("Add your own images", icon=":material/add_photo_alternate:", key="dataset-add"):
        own_images.form(_show)


def _show(added: OwnDataset) -> None:
    st.switch_page(places.DATASETS, query_params={"name": added.name})

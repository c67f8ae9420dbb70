"""What there is to distil: installed datasets, downloads, own images. `?name=` shows one of them in full."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.views.datasets import dataset_list, dataset_one

st.html(Path(dataset_list.__file__).with_name("datasets.css"))
if name := st.query_params.get("name", ""):
    dataset_one.page(name)
else:
    dataset_list.page()

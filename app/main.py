"""The entry: `python -m streamlit run app/main.py` from the project's root. Page set-up and navigation, nothing else."""

from __future__ import annotations

import streamlit as st

from app import clicks
from app.components.shell import shell
from app.parts import places, sign_in, style

st.set_page_config(page_title="Distillery", page_icon=str(style.ASSETS / "mark.svg"), layout="wide")
clicks.keep()
style.apply()
sign_in.gate()
page = st.navigation(
    [
        st.Page(places.RUNS, title="Runs", icon=":material/view_list:", url_path="runs", default=True, help="Every run, newest first."),
        st.Page(places.LAUNCH, title="New run", icon=":material/add_circle:", url_path="launch", help="Choose a dataset and a method."),
        st.Page(places.COMPARE, title="Compare", icon=":material/compare_arrows:", url_path="compare", help="Several runs in one figure, groups of seeds with their spread."),
        st.Page(places.SAMPLING, title="Sampling", icon=":material/scatter_plot:", url_path="sampling", help="Why representative batches work."),
        st.Page(places.EVALUATE, title="Evaluate", icon=":material/grid_on:", url_path="evaluate", help="Runs against networks: what was measured, what is missing."),
        st.Page(places.STUDIES, title="Studies", icon=":material/science:", url_path="studies", help="The paper's analyses, on your machine."),
        st.Page(places.RESULTS, title="Results", icon=":material/leaderboard:", url_path="results", help="What was reached, beside what was published."),
        st.Page(places.DATASETS, title="Datasets", icon=":material/photo_library:", url_path="datasets", help="What is installed, what can be downloaded, your own images."),
        st.Page(places.ENGINE, title="Engine", icon=":material/memory:", url_path="engine", help="The queue, the devices, storage and logs."),
        st.Page(places.PRESENT, title="Present", icon=":material/slideshow:", url_path="present", visibility="hidden"),
        st.Page(places.RUN, title="Run", icon=":material/monitoring:", url_path="run", visibility="hidden"),
    ],
    position="top",
)  # fmt: skip
shell()  # first: a page may end early
page.run()

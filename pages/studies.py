"""Studies: grids of runs that answer one question each. All of them, or with `?id=` a single one."""

from __future__ import annotations

import streamlit as st

from app.views.studies import studies_list, studies_one, studies_style

studies_style.apply()
if study_id := st.query_params.get("id", ""):
    studies_one.show(study_id)
else:
    studies_list.overview()

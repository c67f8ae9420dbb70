"""Something wide, and words about it to its right where the screen has room for both, else below."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def beside(key: str, wide: int) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Two containers; the first takes at least `wide` pixels, as far as there are so many."""
    st.html(f"<style>.st-key-beside-{key} {{ --wide: {wide}px }}</style>")
    with st.container(horizontal=True, gap="large", key=f"beside-{key}"):
        return st.container(key=f"main-of-{key}"), st.container(key=f"words-of-{key}")

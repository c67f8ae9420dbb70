"""Errors as sentences beside their cause: the one place where pages catch them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import streamlit as st

from app.parts import words
from engine.errors import DistilleryError

_FAULT = "fault"


@contextmanager
def told() -> Iterator[None]:
    """What goes wrong inside is shown here as its one sentence, and the page goes on."""
    try:
        yield
    except DistilleryError as error:
        show(error)


def show(error: DistilleryError | str) -> None:
    st.error(words.plain(str(error)), icon=":material/error:")


def stop(error: DistilleryError) -> NoReturn:
    """The sentence, and the end of the page: nothing further down makes sense without what failed."""
    show(error)
    st.stop()


def attempt(action: Callable[..., Any], *args: Any) -> None:
    """For callbacks of buttons: does it, and keeps the sentence for `show_fault` when it is refused."""
    try:
        action(*args)
    except DistilleryError as error:
        st.session_state[_FAULT] = str(error)


def show_fault() -> None:
    """What the last button was refused with, once."""
    if sentence := st.session_state.pop(_FAULT, ""):
        show(sentence)

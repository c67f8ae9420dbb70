"""Read-only mode: with DISTILLERY_READONLY=1 this process may look at everything and change nothing. Torch-free.

It holds for whatever goes through `engine.api`: screens, command line and notebooks alike. Workers and supervisors that
another process has started are not touched by it.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from engine.errors import ReadOnly

VARIABLE = "DISTILLERY_READONLY"
OFF = frozenset({"", "0", "false", "no", "off"})

P = ParamSpec("P")
R = TypeVar("R")


def readonly() -> bool:
    """Whether this process may only look."""
    return os.environ.get(VARIABLE, "").strip().lower() not in OFF


def check(what: str) -> None:
    """Raises ReadOnly where nothing may be changed; `what` completes "This Distillery only shows; ..."."""
    if readonly():
        raise ReadOnly(f"This Distillery only shows: {what}. To change things, start it without {VARIABLE}.")


def changing(function: Callable[P, R]) -> Callable[P, R]:
    """Marks a function of the api that changes something: it raises ReadOnly where nothing may be changed."""
    words = function.__name__.replace("_", " ")

    @functools.wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        check(f"it does not {words}")
        return function(*args, **kwargs)

    return guarded

"""Values as lines."""

from __future__ import annotations

import json
import math

import pytest

from engine.cli import main, text
from engine.cli.commands import exit_code


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (185, "3 min 05 s"), (7800, "2 h 10 min"), (273600, "3 d 04 h")],
)
def test_durations(seconds: float, words: str) -> None:
    assert text.span(seconds) == words


def test_json_knows_no_nan() -> None:
    value = {"a": [1.5, math.nan, {"b": -math.inf}], "c": (True, None, "é")}
    assert json.loads(main._json(value)) == {"a": [1.5, None, {"b": None}], "c": [True, None, "é"]}


@pytest.mark.parametrize(
    ("kind", "code"),
    [("BadData", 2), ("BadConfig", 2), ("NoSpace", 1), ("Damaged", 1), ("Bug", 1), ("", 1), ("pick", 1)],
)
def test_a_stored_kind_of_error_as_exit_code(kind: str, code: int) -> None:
    assert exit_code(kind) == code

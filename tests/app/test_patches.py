"""What is sent of a figure: patches that make the new one of the old one, and little of it."""

from __future__ import annotations

import copy
import json
import random
import string
from typing import Any

import plotly.graph_objects as go
import pytest

from app.components.patches import CHAIN, Sent, advance, apply, diff


def a_value(draw: random.Random, depth: int = 3) -> Any:
    """Any JSON value."""
    kind = draw.randrange(7 if depth else 5)
    if kind < 5:
        return [
            None,
            draw.random() < 0.5,
            draw.randint(-3, 3),
            draw.random(),
            "".join(draw.choices(string.printable, k=draw.choice((2, 90)))),
        ][kind]
    count = draw.randint(0, 6)
    if kind == 5:
        return [a_value(draw, depth - 1) for _ in range(count)]
    return {draw.choice("abcdef"): a_value(draw, depth - 1) for _ in range(count)}


def changed(draw: random.Random, value: Any) -> Any:
    """The value with something else in it, somewhere."""
    if isinstance(value, dict) and value and draw.random() < 0.8:
        name = draw.choice(list(value))
        return {k: changed(draw, v) if k == name else v for k, v in value.items() if k != name or draw.random() < 0.8}
    if isinstance(value, list) and draw.random() < 0.8:
        at = draw.randint(0, len(value))
        return [*value[:at], *[a_value(draw, 1) for _ in range(draw.randint(0, 3))], *value[at + draw.randint(0, 2) :]]
    return a_value(draw, 1)


def test_a_patch_makes_the_new_value_of_the_old_one() -> None:
    draw = random.Random(1)
    for _ in range(3000):
        old = a_value(draw)
        new = draw.choice((a_value(draw), changed(draw, old), changed(draw, changed(draw, old))))
        untouched = copy.deepcopy(old)
        patch = json.loads(json.dumps(diff(old, new)))
        assert json.dumps(apply(patch, old), sort_keys=True) == json.dumps(new, sort_keys=True)
        assert old == untouched, "the old value stays as it is"
        assert (patch is None) == (json.dumps(old, sort_keys=True) == json.dumps(new, sort_keys=True))


def test_true_is_not_one() -> None:
    for old, new in ((True, 1), ([1.0, 0], [1.0, False]), ({"a": [[1]]}, {"a": [[True]]})):
        assert json.dumps(apply(diff(old, new), old)) == json.dumps(new)


def a_figure(count: int, seed: int = 0) -> str:
    draw = random.Random(seed)
    ys = [draw.random() for _ in range(count)]
    band = [*ys, *reversed(ys)]
    return str(
        go.Figure(
            [go.Scatter(x=list(range(count)), y=ys, name=f"{count} values"), go.Scatter(x=band, y=band, fill="toself")]
        ).to_json()
    )


def test_new_points_travel_and_nothing_else() -> None:
    old, new = json.loads(a_figure(2000)), json.loads(a_figure(2003))
    patch = diff(old, new)
    assert patch is not None and len(json.dumps(patch)) < 700 and apply(patch, old) == new
    xs = patch["k"]["data"]["i"]["0"]["k"]["x"]
    assert xs == {"s": [2000, 0, [2000, 2001, 2002]]}


def follow(have: dict[str, str], message: dict[str, Any]) -> dict[str, str] | None:
    """What the browser does: version -> text of what it has after a message, None when it lacks what the chain starts from."""
    if message["version"] in have:
        return have
    if "figure" in message:
        return {message["version"]: message["figure"]}
    bases = [base for base, _, _ in message["chain"]]
    known = [i for i, base in enumerate(bases) if base in have]
    if not known:
        return None
    value = json.loads(have[bases[known[-1]]])
    for _, _, patch in message["chain"][known[-1] :]:
        value = apply(json.loads(patch), value)
    return {message["version"]: json.dumps(value)}


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_a_browser_that_missed_some_still_follows(lost: int) -> None:
    sent, have, text = None, dict[str, str](), ""
    for number in range(30):
        text = a_figure(200 + number)
        sent, message = advance(sent, text)
        if number == 0 or number % (lost + 1) == 0:
            found = follow(have, message)
            assert found is not None and json.loads(next(iter(found.values()))) == json.loads(text)
            have = found
            assert ("figure" in message) is (number == 0)


def test_a_browser_that_missed_too_many_asks_for_the_whole() -> None:
    sent, message = advance(None, a_figure(200))
    have = follow({}, message)
    for number in range(CHAIN + 1):
        sent, message = advance(sent, a_figure(201 + number))
    assert have is not None and follow(have, message) is None
    assert len(message["chain"]) == CHAIN and "figure" in advance(None, a_figure(205))[1]


def test_going_back_to_an_earlier_figure_is_followed() -> None:
    sent: Sent | None = None
    have = dict[str, str]()
    for count in (200, 210, 200, 210, 220):
        sent, message = advance(sent, a_figure(count))
        found = follow(have, message)
        assert found is not None and json.loads(next(iter(found.values()))) == json.loads(a_figure(count))
        have = found


def test_no_news_is_next_to_nothing_and_another_figure_goes_whole() -> None:
    sent, _ = advance(None, a_figure(500))
    sent, _ = advance(sent, a_figure(501))
    for number in range(3):
        sent, message = advance(sent, a_figure(501))
        assert "figure" not in message and len(message["chain"]) == (1 if number == 0 else 0)
    _, message = advance(sent, a_figure(500, seed=7))
    assert "figure" in message

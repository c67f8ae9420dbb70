"""A launch as an address: what goes in comes out, and what is hostile stays out."""

from __future__ import annotations

import random
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app.views.launch import draft, link
from engine import api
from engine.config import DEFAULTS, SETTINGS

BASE = "http://127.0.0.1:8501/launch"


def drawn(draw: random.Random, name: str) -> Any:
    """A value within the setting's bounds."""
    setting, kind = SETTINGS[name], type(DEFAULTS[name])
    if kind is tuple:
        return tuple(draw.sample(setting.choices, draw.randint(1, len(setting.choices))))
    if setting.choices:
        return draw.choice(setting.choices)
    if kind is str:
        return draw.choice(["", "/data/my images, all & more.zip", "color_crop", "cuda:1", "C:\\a=b#c?d"])
    low, high = setting.low or 0, min(setting.high or 99, 99)
    return draw.randint(int(low), int(high)) if kind is int else round(draw.uniform(low, high), 6)


def test_any_launch_survives_the_journey() -> None:
    draw = random.Random()
    for _ in range(100):
        names = draw.sample(list(SETTINGS), 8)
        given = dict(draft.START) | {name: drawn(draw, name) for name in names[:6]}
        varied = {
            name: tuple(dict.fromkeys(drawn(draw, name) for _ in range(5))) for name in names[6:] if name != "data_dir"
        }
        varied = {name: values for name, values in varied.items() if len(values) > 1 and "" not in values}
        address = link.address(BASE, link.query(given, varied))
        found = link.taken(parse_qs(urlsplit(address).query, keep_blank_values=True))
        assert found.refused == []
        assert found.given == dict(draft.START) | {name: value for name, value in given.items() if name not in varied}
        for name, values in varied.items():
            typed = api.sweep_values(name, found.varied[name])
            assert typed == pytest.approx(values) if type(DEFAULTS[name]) is float else typed == values


def test_it_reads_like_the_settings() -> None:
    asked = link.query({"dataset": "digits", "recipe": "dream+", "ipc": 1}, {"seed": (0, 1)})
    assert link.address(BASE, asked) == f"{BASE}?dataset=digits&ipc=1&recipe=dream%2B&seed=0&seed=1"
    assert link.query({"dataset": "digits"}, {}, "digits-demo") == {"preset": ["digits-demo"]}
    assert link.query({"dataset": "digits"}, {"seed": (0, 1)}, "digits-demo") == {
        "dataset": ["digits"],
        "seed": ["0", "1"],
    }


@pytest.mark.parametrize(
    ("name", "texts", "says"),
    [
        ("dataset", ["nope"], "Unknown dataset 'nope'"),
        ("recipe", ["dream+", "<script>"], "Unknown recipe '<script>'"),
        ("ipc", ["0"], "ipc takes values from 1 to 500, got 0."),
        ("ipc", ["1e999"], "ipc must be a whole number"),
        ("image_lr", ["nan"], "image_lr must be a finite number"),
        ("seed", ["9" * 50], "seed takes values"),
        ("eval_networks", ["convnet,__import__"], "Unknown eval_networks '__import__'"),
        ("ipx", ["1"], "Did you mean 'ipc'"),
        ("__class__", ["1"], "Unknown setting '__class__'"),
        ("x" * 5000, ["1"], "takes the names of settings"),
    ],
)
def test_what_is_hostile_or_unknown_is_refused_and_the_rest_kept(name: str, texts: list[str], says: str) -> None:
    found = link.taken({"width": ["16"], name: texts, "seed" if name != "seed" else "depth": ["2"]})
    assert len(found.refused) == 1 and says in found.refused[0] and len(found.refused[0]) < 500
    assert found.given["width"] == 16 and found.varied == {}
    assert found.given.get(name) == draft.START.get(name)


def test_the_same_value_twice_is_one_value() -> None:
    assert link.taken({"seed": ["3", "3"]}).given["seed"] == 3
    assert link.taken({"seed": ["3", "4", "3"]}).varied == {"seed": "3, 4"}
    assert link.taken({"from": ["x"], "preset": ["y"]}) == (dict(draft.START), {}, [])


@pytest.mark.parametrize(
    ("names", "expected"), [([], False), (["tags", "grouped"], True), (["tags", "ipc"], False), (["from"], False)]
)
def test_another_pages_address_is_known(names: list[str], expected: bool) -> None:
    assert link.foreign({name: ["1"] for name in names}) is expected

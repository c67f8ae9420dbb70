"""One meaning per colour, readable on both pages."""

from __future__ import annotations

import itertools
import tomllib
from pathlib import Path

import pytest

from app import palette
from engine.api import STATES, recipes

ROOT = Path(__file__).resolve().parents[2]
THEME = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb, as WCAG 2 defines it."""
    shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("page", ["light", "dark"])
def test_lines_on_the_scale_are_seen(page: str) -> None:
    assert all(contrast(colour, THEME[page]["backgroundColor"]) >= 3 for colour in palette.SCALE)


@pytest.mark.parametrize("page", [0, 1], ids=["light", "dark"])
def test_words_in_these_inks_are_readable(page: int) -> None:
    """AA: 4.5 to 1 for states, axis texts and the labels of references."""
    back = THEME[("light", "dark")[page]]["backgroundColor"]
    inks = [state.ink for state in palette.STATES.values()]
    inks += [palette.TEXT, palette.PUBLISHED.ink, palette.RANDOM.ink, palette.INITIAL.ink]
    assert all(contrast(ink[page], back) >= 4.5 for ink in inks)


def test_white_on_the_accent_is_readable() -> None:
    assert all(contrast("#ffffff", THEME[page]["primaryColor"]) >= 4.5 for page in ("light", "dark"))


def test_both_pages_have_the_same_table() -> None:
    assert set(THEME["light"]) == set(THEME["dark"]), "a colour set for one page only would look wrong on the other"


def test_every_state_is_a_word_and_an_icon() -> None:
    assert list(palette.STATES) == list(STATES)
    assert all(state.word and state.icon for state in palette.STATES.values())
    assert len({state.icon for state in palette.STATES.values()}) == len(STATES)


def test_every_recipe_has_its_own_mark() -> None:
    names = [entry["name"] for entry in recipes()]
    assert set(names) == set(palette.RECIPES)
    for one, other in itertools.combinations(names, 2):
        assert palette.recipe(one).ink != palette.recipe(other).ink
        assert palette.recipe(one).symbol != palette.recipe(other).symbol


def test_a_light_ink_has_one_dark_partner() -> None:
    """The browser swaps colours by value: two meanings may not share a light ink and differ in the dark one."""
    inks = {
        mark.ink
        for mark in (*palette.RECIPES.values(), palette.PUBLISHED, palette.RANDOM, palette.REAL, palette.INITIAL)
    }
    inks |= (
        {state.ink for state in palette.STATES.values()} | set(palette.SHARES.values()) | {palette.RULE, palette.TEXT}
    )
    assert len({ink.light for ink in inks}) == len(inks)
    swap = palette.swap()
    assert all(swap[ink.light] == ink.dark for ink in inks)
    assert all(swap[palette.soft(ink, a).light] == palette.soft(ink, a).dark for ink in inks for a in palette.ALPHAS)

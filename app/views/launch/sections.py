"""The folded sections of the form. What wants a look opens its section by itself; the fields of a folded one are not built, which
halves what the page sends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

_SEEN = "launch-seen"


class Noted(NamedTuple):
    """The settings of a section that want a look."""

    wrong: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    varied: frozenset[str] = frozenset()


def section(name: str, now: Noted) -> tuple[DeltaGenerator, bool]:
    """The section's place, and whether it is open. Its label never changes: Streamlit takes the label for a part of the widget's
    identity, so that another one would make all fields in it anew, under the hands of whoever types there."""
    _unfold(name, now)
    place = st.expander(name, key=_key(name), on_change="rerun")
    return place, bool(place.open)


def noted(
    names: Sequence[str], problems: Mapping[str, str], mine: Mapping[str, object], lists: Mapping[str, str]
) -> Noted:
    """What wants a look among those settings: what is wrong, what a person changed, and what is varied."""
    among = frozenset(names)
    return Noted(among & set(problems), among & set(mine), among & set(lists))


def notes(found: Mapping[str, Noted]) -> None:
    """The numbers behind the sections' names. They are generated content, which is read out as a part of the name; see `section`."""
    st.html(f"<style>{''.join(_rules(name, now) for name, now in found.items())}</style>")


def _key(name: str) -> str:
    return f"section-{name}"


def _unfold(name: str, now: Noted) -> None:
    """Opens the section at the moment that something in it wants a look. Whoever folds it then has seen that: it stays folded
    until something else is wrong. A section that was not on show starts anew."""
    seen: dict[str, Noted] = st.session_state.setdefault(_SEEN, {})
    before = seen.get(name, Noted()) if _key(name) in st.session_state else Noted()
    if now.wrong - before.wrong or (any(now) and not any(before)):
        st.session_state[_key(name)] = True
    seen[name] = now


def _rules(name: str, now: Noted) -> str:
    """CSS: ' · 1 to mend' or ' · 2 changed', then ' · 1 varied'."""
    label = f".st-key-{_key(name).replace(' ', '-')} summary [data-testid=stMarkdownContainer]"
    rules = ""
    if now.wrong:
        rules += f'{label} p::after {{ content: " · {len(now.wrong)} to mend"; color: light-dark(#781212, #fcbbbb); }}'
    elif now.changed:
        rules += f'{label} p::after {{ content: " · {len(now.changed)} changed"; }}'
    if now.varied:
        rules += f'{label}::after {{ content: " · {len(now.varied)} varied"; }}'
    return rules

"""One setting as a field: a widget of its kind, or a list of values for a setting that is varied."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import streamlit as st

from app.parts import guard, words
from app.views.launch import draft, method, state
from engine import api
from engine.config import DEFAULTS, SETTINGS, RunConfig

OWN = "own: "  # before the name of a person's own dataset, in the list of datasets
COMBINED = "–"  # in the list of recipes: a combination nobody named


def field(name: str, config: RunConfig, problem: str, below: str | None = None) -> None:
    """The setting's widget, a way to give it several values, and what is wrong with it. `below`: words that stand under it in place
    of a help sign."""
    several = name in state.varied()
    with st.container(key=f"field-{name}", gap="xsmall"):
        _list(name) if several else _single(name, config, help_text=SETTINGS[name].help if below is None else "")
        st.button(
            f"{'One value' if several else 'Vary'} :gray[{draft.label(name).partition(' [')[0]}]",
            key=f"vary-{name}",
            type="tertiary",
            on_click=state.vary,
            args=(name,),
        )
        if problem:
            st.markdown(f":red[:material/error: {words.plain(problem)}]")
        elif hint := _hint(name) if several else below:
            st.caption(hint)


def _single(name: str, config: RunConfig, help_text: str) -> None:
    """The widget always shows the value of `config`, whoever decided it."""
    setting, key, kind = SETTINGS[name], f"set-{name}", type(DEFAULTS[name])
    value = getattr(config, name)
    common: dict[str, Any] = {"key": key, "help": help_text or None, "on_change": _changed, "args": (name,)}
    st.session_state[key] = list(value) if isinstance(value, tuple) else value
    if name in _SPECIAL:
        options, titles, st.session_state[key] = _SPECIAL[name](config)
        st.selectbox(draft.label(name), options, format_func=lambda word: titles.get(word, word), **common)
    elif kind is tuple:
        st.multiselect(draft.label(name), setting.choices, **common)
    elif setting.choices:
        st.selectbox(draft.label(name), setting.choices, **common)
    elif kind is str:
        st.text_input(draft.label(name), **common)
    elif kind is int:
        st.number_input(draft.label(name), _int(setting.low), _int(setting.high), step=1, **common)
    else:
        st.number_input(draft.label(name), setting.low, setting.high, step=_step(value), format="%g", **common)


def _list(name: str) -> None:
    """Several values: chosen where there is a choice, else typed."""
    setting, key, text = SETTINGS[name], f"list-{name}", state.varied()[name]
    common: dict[str, Any] = {"key": key, "on_change": _listed, "args": (name,)}
    if setting.choices and not isinstance(DEFAULTS[name], tuple):
        st.session_state[key] = [word for word in setting.choices if word in text.split(", ")]
        st.multiselect(draft.label(name), setting.choices, format_func=_titles(name), **common)
    else:
        st.session_state[key] = text
        st.text_input(draft.label(name), **common)


def _hint(name: str) -> str:
    """What a list for that setting looks like, where it is typed."""
    kind, choices = type(DEFAULTS[name]), SETTINGS[name].choices
    if kind is tuple:
        return f"Values joined by commas, names of one value by a plus: {choices[0]}, {choices[0]}+{choices[1]}."
    typed = {int: "Values like 1, 10 or 0-4 or 8:64:8.", float: "Values like 0.1, 1 or 0:1:0.25."}
    return "" if choices else typed.get(kind, "Values joined by commas; none for an empty one.")


def _changed(name: str) -> None:
    value = st.session_state[f"set-{name}"]
    if isinstance(value, str) and value.startswith(OWN) and name == "dataset":
        mine = {one.name: one.path for one in api.own_datasets()}
        state.use_folder(mine.get(value.removeprefix(OWN), ""))
    elif value != COMBINED:
        state.change(name, tuple(value) if isinstance(value, list) else value)


def _listed(name: str) -> None:
    value = st.session_state[f"list-{name}"]
    state.listed(name, value if isinstance(value, str) else ", ".join(value))


Choice = tuple[list[str], dict[str, str], str]  # options, titles, the one that holds


def _datasets(config: RunConfig) -> Choice:
    """The catalogue, and what the person has added to this workspace."""
    titles = {entry["name"]: entry["title"] for entry in api.datasets()}
    chosen, mine = config.dataset, []
    with guard.told():
        mine = api.own_datasets()
    for one in mine:
        titles[OWN + one.name] = f"Own images: {one.name}"
        if config.dataset == "folder" and config.data_dir == one.path:
            chosen = OWN + one.name
    return list(titles), titles, chosen


def _recipes(config: RunConfig) -> Choice:
    """The named ones; a combination of one's own stands before them while it is one."""
    titles = {entry["name"]: entry["title"] for entry in api.recipes()}
    named = method.named(method.parts(config))
    return [*([] if named else [COMBINED]), *titles], titles | {COMBINED: api.method_title(config)}, named or COMBINED


def _hosts(config: RunConfig) -> Choice:
    titles = method.hosts()
    return list(titles), titles, config.host


_SPECIAL: dict[str, Callable[[RunConfig], Choice]] = {"dataset": _datasets, "recipe": _recipes, "host": _hosts}
"""Settings whose choices have titles, or are more than the engine's own names."""


def _titles(name: str) -> Callable[[str], str]:
    titles = _SPECIAL[name](RunConfig())[1] if name in _SPECIAL else {}
    return lambda word: titles.get(word, word)


def _int(bound: float | None) -> int | None:
    return None if bound is None else int(bound)


def _step(value: float) -> float:
    """One click changes the first digit: 0.005 -> 0.001."""
    return float(10.0 ** math.floor(math.log10(abs(value)))) if value else 0.1

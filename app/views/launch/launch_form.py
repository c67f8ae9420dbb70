"""The form of a new run, made from the settings themselves: `engine.config.SETTINGS` says what there is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import streamlit as st

from app.parts import words
from app.views.launch import draft
from engine import api
from engine.api import Run
from engine.config import DEFAULTS, SECTIONS, SETTINGS, TASK, RunConfig
from engine.errors import DistilleryError

DEMO = "digits-demo"
FIRST = ("dataset", "recipe", "host", "ipc", "factor")
BESIDE_RECIPE = "host"  # belongs to the matching, but a person chooses it together with the recipe
GIVEN, PRESET, REFUSED = "launch-given", "launch-preset", "launch-refused"
_FROM = "launch-from"


def start() -> str:
    """Takes up `?from=<run>` or `?preset=<name>` once per address. Returns a sentence when that could not be done."""
    asked = (st.query_params.get("from", ""), st.query_params.get("preset", ""))
    if st.session_state.get(_FROM) == asked:
        return ""
    st.session_state[_FROM] = asked
    try:
        if asked[0]:
            _clone(api.get_run(asked[0]))
        elif asked[1]:
            take_preset(asked[1])
        else:
            if GIVEN not in st.session_state:
                take_preset(DEMO)
    except DistilleryError as error:
        put(draft.START)
        return str(error)
    return ""


def given() -> dict[str, Any]:
    """What the person has set so far."""
    return dict(st.session_state[GIVEN])


def put(values: Mapping[str, Any], preset: str = "") -> None:
    """Starts the form anew from these settings."""
    st.session_state[GIVEN], st.session_state[PRESET] = dict(values), preset
    st.session_state.pop(REFUSED, None)


def take_preset(name: str) -> None:
    """Fills the form from a preset; an unknown name leaves it as it is."""
    found = next((preset for preset in api.presets() if preset["name"] == name), None)
    put(dict(draft.START) | found["settings"] if found else draft.START, name if found else "")


def _clone(run: Run) -> None:
    put(draft.cloned(run.config), run.preset)


def form(config: RunConfig, problems: Mapping[str, str]) -> None:
    """All settings: the task open, the rest folded unless something in it needs attention."""
    st.subheader("Task", anchor=False)
    _fields(TASK, config, problems)
    mine = draft.own(given())
    for section in SECTIONS[1:]:
        names = _names(section)
        wrong = [name for name in names if name in problems]
        own = [name for name in names if name in mine]
        note = f" · :red[{len(wrong)} to mend]" if wrong else f" · {len(own)} changed" if own else ""
        with st.expander(f"{section}{note}", expanded=bool(wrong), key=f"section-{section}"):
            _fields(section, config, problems)


def _names(section: str) -> list[str]:
    """Settings of a section, those that matter most first."""
    names = [name for name in SETTINGS if _section(name) == section]
    return sorted(names, key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST))


def _section(name: str) -> str:
    return TASK if name == BESIDE_RECIPE else SETTINGS[name].section


def _fields(section: str, config: RunConfig, problems: Mapping[str, str]) -> None:
    with st.grid(3, min_column_width=210, key=f"fields-{section}"):
        for name in _names(section):
            with st.container(key=f"field-{name}"):
                _field(name, getattr(config, name))
                if name in problems:
                    st.markdown(f":red[:material/error: {words.plain(problems[name])}]")
                elif section == TASK:
                    st.caption(SETTINGS[name].help)


def _field(name: str, value: Any) -> None:
    """One setting; its widget always shows `value`, whoever decided it."""
    setting, key = SETTINGS[name], f"set-{name}"
    common: dict[str, Any] = {"key": key, "help": setting.help, "on_change": _changed, "args": (name,)}
    st.session_state[key] = list(value) if isinstance(value, tuple) else value
    kind = type(DEFAULTS[name])
    if kind is tuple:
        st.multiselect(draft.label(name), setting.choices, **common)
    elif setting.choices:
        st.selectbox(draft.label(name), setting.choices, format_func=_titles(name), **common)
    elif kind is str:
        st.text_input(draft.label(name), **common)
    elif kind is int:
        st.number_input(draft.label(name), _int(setting.low), _int(setting.high), step=1, **common)
    else:
        st.number_input(draft.label(name), setting.low, setting.high, step=_step(value), format="%g", **common)


def _changed(name: str) -> None:
    """A person changed one field: whatever depended on it follows."""
    value = st.session_state[f"set-{name}"]
    st.session_state[GIVEN] = draft.changed(given(), name, tuple(value) if isinstance(value, list) else value)
    st.session_state[PRESET] = ""
    st.session_state.pop(REFUSED, None)


def _titles(name: str) -> Any:
    table = {"dataset": api.datasets, "recipe": api.recipes}.get(name)
    titles = {entry["name"]: entry["title"] for entry in table()} if table else {}
    return lambda word: titles.get(word, word)


def _int(bound: float | None) -> int | None:
    return None if bound is None else int(bound)


def _step(value: float) -> float:
    """One click changes the first digit: 0.005 -> 0.001."""
    return float(10.0 ** math.floor(math.log10(abs(value)))) if value else 0.1

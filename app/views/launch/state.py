"""What a person has set so far on the Launch page. The address of the page says the same, so that a link, a reload and the
browser's back button bring it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app.views.launch import draft, link, method
from engine import api
from engine.api import Run
from engine.errors import BadConfig, DistilleryError

DEMO = "digits-demo"
GIVEN, VARIED, PRESET, REFUSED = "launch-given", "launch-varied", "launch-preset", "launch-refused"
_ADDRESS, _SAME, _SAID = "launch-address", "launch-same", "launch-said"
FIRST_LIST = {"seed": "0-2"}  # of a setting that is varied to see a spread; others start from their value


def start() -> list[str]:
    """Takes up what the address asks for, once: `?from=<run>`, `?preset=<name>`, or settings by their names. Returns a sentence
    for each thing that could not be done, until something is changed."""
    asked = {name: st.query_params.get_all(name) for name in st.query_params}
    if GIVEN not in st.session_state or (st.session_state.get(_ADDRESS) != asked and not link.foreign(asked)):
        said = _take(asked)
        st.session_state[_ADDRESS], st.session_state[_SAME], st.session_state[_SAID] = asked, _query(), said
    now = _query()
    if now != st.session_state[_SAME]:
        st.query_params.from_dict(now)
        st.session_state[_ADDRESS], st.session_state[_SAME], st.session_state[_SAID] = now, now, []
    return list(st.session_state[_SAID])


def given() -> dict[str, Any]:
    """What the person has set so far, but for the settings that are varied."""
    return {name: value for name, value in st.session_state[GIVEN].items() if name not in st.session_state[VARIED]}


def varied() -> dict[str, str]:
    """The settings that take a list, and the list as it was typed; the first varies slowest."""
    return dict(st.session_state[VARIED])


def preset() -> str:
    """The preset that nothing has been changed about; "" otherwise."""
    return str(st.session_state[PRESET])


def lists() -> tuple[dict[str, tuple[Any, ...]], dict[str, str]]:
    """The values of the varied settings, and a sentence for each list that is none."""
    found: dict[str, tuple[Any, ...]] = {}
    problems: dict[str, str] = {}
    for name, text in varied().items():
        try:
            found[name] = api.sweep_values(name, text)
        except BadConfig as error:
            problems |= error.problems
    return found, problems


def put(values: Mapping[str, Any], preset: str = "", varied: Mapping[str, str] = {}) -> None:
    """Starts the form anew from these settings."""
    st.session_state[GIVEN], st.session_state[VARIED], st.session_state[PRESET] = dict(values), dict(varied), preset
    st.session_state.pop(REFUSED, None)


def take_preset(name: str) -> None:
    """Fills the form from a preset; an unknown name starts from the demo's dataset and recipe."""
    found = next((preset for preset in api.presets() if preset["name"] == name), None)
    put(dict(draft.START) | found["settings"] if found else draft.START, name if found else "")


def change(name: str, value: Any) -> None:
    """A person changed one setting: whatever depended on it follows."""
    _touched(draft.changed(st.session_state[GIVEN], name, value))


def switch(name: str, on: bool) -> None:
    """A person turned one of the three switches."""
    _touched(draft.switched(st.session_state[GIVEN], name, on))


def use_folder(path: str) -> None:
    """One's own images from now on; "" where none are chosen yet."""
    _touched(draft.changed(st.session_state[GIVEN], "dataset", "folder") | ({"data_dir": path} if path else {}))


def vary(name: str) -> None:
    """The setting takes a list from now on; or one value again, the first of its list."""
    listed, kept = varied(), dict(st.session_state[GIVEN])
    if name in listed:
        first = lists()[0].get(name, ())
        st.session_state[VARIED] = {other: text for other, text in listed.items() if other != name}
        if first:
            change(name, first[0])
        return
    value = getattr(draft.whole(kept), name)
    _touched({k: v for k, v in kept.items() if name != "recipe" or k not in method.PARTS})
    st.session_state[VARIED] = listed | {name: FIRST_LIST.get(name) or api.sweep_text([value])}


def listed(name: str, text: str) -> None:
    """A person changed the list of a varied setting."""
    st.session_state[VARIED] = varied() | {name: text}
    st.session_state.pop(REFUSED, None)


def here() -> str:
    """The link that brings all of this back."""
    return link.address(str(st.context.url or "/launch").partition("?")[0], _query())


def _touched(values: Mapping[str, Any]) -> None:
    st.session_state[GIVEN], st.session_state[PRESET] = dict(values), ""
    st.session_state.pop(REFUSED, None)


def _query() -> link.Query:
    """What would come by itself is left out; but for a sweep, whose runs may differ in what that is."""
    told = given()
    if not varied():
        told = draft.plainly(told) | draft.own(told)
    return link.query(told, lists()[0], preset())


def _take(asked: Mapping[str, Sequence[str]]) -> list[str]:
    """Fills the form from an address; sentences about what was refused."""
    try:
        if run_id := "".join(asked.get("from", [])):
            _clone(api.get_run(run_id))
        elif name := "".join(asked.get("preset", [])):
            take_preset(name)
        elif asked:
            values, text, refused = link.taken(asked)
            put(values, varied=text)
            return refused
        else:
            take_preset(DEMO)
    except DistilleryError as error:
        put(draft.START)
        return [str(error)]
    return []


def _clone(run: Run) -> None:
    """Everything as that run has it; its preset counts only where it alone made the run."""
    take_preset(run.preset)
    same = bool(preset()) and draft.whole(given()) == run.config
    if not same:
        put(draft.cloned(run.config))

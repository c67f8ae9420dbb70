"""The form of a new run as a person uses it: sections are opened before their fields are reached."""

from __future__ import annotations

import re
from typing import Any

from streamlit.testing.v1 import AppTest

from engine.config import SECTIONS, SETTINGS, TASK
from tests.pages.screen import said


def field(at: AppTest, name: str) -> Any:
    """The setting's field, in a section that is opened for it."""
    unfold(at, SETTINGS[name].section)
    return at.get_by_key(f"set-{name}")


def unfold(at: AppTest, *sections: str) -> AppTest:
    """The page with those sections open, as after a click on each that is folded."""
    keys = [f"section-{section}" for section in sections if section != TASK]
    folded = [key for key in keys if not at.session_state[key]]
    for key in folded:
        at.session_state[key] = True
    return at.run() if folded else at


def fold(at: AppTest, section: str) -> AppTest:
    at.session_state[f"section-{section}"] = False
    return at.run()


def unfolded(at: AppTest) -> list[str]:
    """The sections that are open."""
    return [e.label for e in at.expander if e.proto.expanded and e.label in SECTIONS]


def fields_sent(at: AppTest) -> set[str]:
    """The settings whose field was built."""
    keys = [str(one.key) for kind in (at.number_input, at.selectbox, at.text_input, at.multiselect) for one in kind]
    return {key.partition("-")[2] for key in keys if key.startswith(("set-", "list-"))}


def noted(at: AppTest) -> list[str]:
    """What stands behind the names of sections."""
    return re.findall(r'st-key-section-[^"]*content: " · ([^"]*)"', said(at))


def vary(at: AppTest, name: str, values: Any) -> AppTest:
    """The page after that setting was given a list: text, or the chosen of a choice."""
    changed: AppTest = listed(vary_or_not(at, name), name).set_value(values).run()
    return changed


def vary_or_not(at: AppTest, name: str) -> AppTest:
    """The page after a click on "Vary" beside a setting, or on "One value"."""
    clicked: AppTest = unfold(at, SETTINGS[name].section).button(key=f"vary-{name}").click().run()
    return clicked


def listed(at: AppTest, name: str) -> Any:
    """The field of a setting that is varied."""
    return at.get_by_key(f"list-{name}")

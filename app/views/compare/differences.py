"""The part Settings: those in which the runs differ, side by side; the rest folded away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from app.charts.frame import axis_title
from app.parts import sheet, words
from app.views.compare.units import Unit
from engine.config import SETTINGS

MOST_COLUMNS = 4  # units side by side; more of them are rows
SETTING = "Setting"


def panel(units: Sequence[Unit]) -> None:
    """The table, its text to copy, and what is the same."""
    differing = [name for name in SETTINGS if len(_values(units, name)) > 1]
    if len(units) < 2:
        st.caption("One alone has nothing to differ from; choose another above.")
    elif not differing:
        st.caption("All settings are the same.")
    else:
        _table(units, differing)
    same = [name for name in SETTINGS if name not in differing]
    with st.expander(f"The {len(same)} settings that are the same" if differing else f"All {len(same)} settings"):
        st.html(
            sheet.table(
                (SETTING, "Value", "Meaning"), [(_titled(n), _cell(units[0], n), SETTINGS[n].help) for n in same]
            )
        )


def rows(units: Sequence[Unit], names: Sequence[str]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Head and rows: units as columns while they are few, else as rows. A value that is not the most common one is marked."""
    usual = {name: Counter(_cell(unit, name) for unit in units).most_common(1)[0] for name in names}
    cells = {name: [_marked(_cell(unit, name), usual[name]) for unit in units] for name in names}
    if len(units) <= MOST_COLUMNS:
        return (SETTING, *(u.label for u in units)), [(_titled(name), *cells[name]) for name in names]
    return ("Run", *map(_titled, names)), [(u.label, *(cells[name][i] for name in names)) for i, u in enumerate(units)]


def _table(units: Sequence[Unit], differing: Sequence[str]) -> None:
    head, body = rows(units, differing)
    st.markdown(f"**{words.many(len(differing), 'setting')} differ{'s' if len(differing) == 1 else ''}**")
    with st.container(key="compare-settings"):
        st.html(sheet.table(head, body))
    st.caption("Marked: not what most of them have.")
    with st.popover("Copy as text", icon=":material/content_copy:"):
        st.code("\n".join("\t".join(row) for row in (head, *body)), language=None)


def _marked(text: str, usual: tuple[str, int]) -> str:
    """Where every value occurs once there is no usual one: all of them are marked."""
    value, count = usual
    return text if text == value and count > 1 else sheet.Marked(text)


def _cell(unit: Unit, name: str) -> str:
    """The unit's value; of a group all that its runs have."""
    return ", ".join(dict.fromkeys(sheet.value(getattr(run.config, name)) for run in unit.runs))


def _titled(name: str) -> str:
    return axis_title(name, SETTINGS[name].unit)


def _values(units: Sequence[Unit], name: str) -> set[str]:
    return {_cell(unit, name) for unit in units}

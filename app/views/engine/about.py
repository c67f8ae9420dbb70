"""Logs of the background processes, what is installed, and what is wrong with it."""

from __future__ import annotations

import streamlit as st

from app.parts import guard, sheet, words
from engine import api
from engine.api import Check

LOGS = ("Supervisor", "Lab")
TICK = 2.0
_THOROUGH = "engine-thorough"


def logs() -> None:
    """The end of both logs, newest line first."""
    which = st.segmented_control("Log", LOGS, default=LOGS[0], required=True, key="log", bind="query-params",
                                 label_visibility="collapsed")  # fmt: skip
    st.fragment(_log, run_every=TICK, key="engine-log")((which or LOGS[0]).lower())


def _log(which: str) -> None:
    with guard.told():
        lines = api.service_log(which)
        if not lines:
            st.caption(
                "Nothing was written yet: this process speaks up only when something is unusual. Each run has a log on its own page."
            )
            return
        st.caption("Newest line first.")
        st.code("\n".join(lines), language=None, wrap_lines=True, height=520)


def versions() -> None:
    """What is installed, and the doctor's findings."""
    with guard.told():
        left, right = st.columns([2, 3], gap="large")
        with left:
            st.subheader("Versions", anchor=False)
            st.html(sheet.table(("", ""), [(name, found or "not installed") for name, found in _versions().items()]))
        with right:
            _doctor()


def _doctor() -> None:
    thorough = bool(st.session_state.get(_THOROUGH))
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.subheader("Check-up", anchor=False, help="What 'python -m engine doctor' looks at on the command line.")
        if not thorough:
            st.button("Start torch as well", icon=":material/stethoscope:", key="doctor", on_click=_more, type="tertiary",
                      help="Starts torch once, in a process of its own, to see whether it and each GPU compute. Takes some seconds.")  # fmt: skip
    with st.spinner("Starting torch, some seconds"):
        found = _thorough() if thorough else api.findings()
    wrong = [check for check in found if not check.ok]
    for check in wrong:
        st.error(words.plain(f"{check.name}: {check.detail}. {check.remedy}"), icon=":material/error:")
    if not wrong:
        st.markdown(f":material/check_circle: All {len(found)} checks are fine.")
    shown = [check for check in found if check.name not in _versions()]  # those stand beside this table
    st.html(sheet.table(("", "", ""), [(_word(check), check.name, check.detail) for check in shown]))


def _word(check: Check) -> str:
    return "fine" if check.ok else "wrong"


def _more() -> None:
    st.session_state[_THOROUGH] = True


@st.cache_data(ttl=600, show_spinner=False)
def _thorough() -> list[Check]:
    return api.findings(thorough=True)


@st.cache_data(ttl=600, show_spinner=False)
def _versions() -> dict[str, str]:
    return api.versions()

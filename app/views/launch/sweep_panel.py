"""A sweep before it is queued: its grid, what it will cost, and the first of its runs."""

from __future__ import annotations

import streamlit as st

from app.parts import guard, sheet, words
from app.views.launch import draft, state
from engine import api
from engine.api import SweepPlan
from engine.config import RunConfig
from engine.errors import BadConfig

SHOWN = 6  # runs in the preview


def considered(name: str) -> tuple[SweepPlan | None, RunConfig, dict[str, str]]:
    """What the form is about now: the plan of a sweep (None for one run, or one that cannot be), the config that the fields show,
    of a sweep its first run's, and a sentence per setting that is wrong."""
    given = state.given()
    values, problems = state.lists()
    config = draft.whole(given | {setting: listed[0] for setting, listed in values.items()})
    problems |= st.session_state.get(state.REFUSED, {})
    if not state.varied():
        return None, config, draft.problems(given) | problems
    try:
        return api.plan_sweep(given, values, name=name) if not problems else None, config, problems
    except BadConfig as error:
        return None, config, error.problems


def sentence(plan: SweepPlan) -> str:
    """'**12 runs**, one for each combination of recipe (2), ipc (3) and seed (2).'"""
    count, names = len(plan.runs), [name.replace("_", " ") for name in plan.varied]
    runs = f"**{words.many(count, 'run')}**"
    if len(names) == 1:
        return f"{runs}, one for each {names[0]}."
    *most, last = [f"{name} ({len(values)})" for name, values in zip(names, plan.varied.values(), strict=True)]
    return f"{runs}, one for each combination of {', '.join(most)} and {last}."


def panel(plan: SweepPlan) -> None:
    """Grid, cost, first runs."""
    rows = [(name, api.sweep_text(values), str(len(values))) for name, values in plan.varied.items()]
    st.html(sheet.table(("Varied", "Values", "Count"), rows))
    with st.container(horizontal=True):
        st.metric("Runs", len(plan.runs), width="content")
        st.metric("Time, about", words.roughly(plan.seconds), width="content")
        st.metric("Memory, about", words.size(words.MEGA * plan.memory_mb), width="content")
    st.caption(_basis(plan))
    memory_warning(plan.runs[0].config, plan.memory_mb)
    shown = [(str(i + 1), run.name) for i, run in enumerate(plan.runs[:SHOWN])]
    more = len(plan.runs) - len(shown)
    with st.expander("The runs, in their order", key="sweep-runs"):
        st.html(sheet.table(("", "Name"), [*shown, *([("…", f"and {more} more")] if more else [])]))
        st.caption("All are queued or none; they share a tag, by which the page of runs finds them.")


def memory_warning(config: RunConfig, needed: float) -> None:
    """Said where less than `needed` megabytes are free for a run of this config."""
    with guard.told():
        free = api.free_memory(config)
        if free is not None and needed > free:
            st.warning(
                f"Only {words.size(words.MEGA * free)} of this machine's memory are free now. The run may be ended by the system when "
                "it has none left; lower clusters, batch real, width or ipc, or free memory first.",
                icon=":material/memory:",
            )


def _basis(plan: SweepPlan) -> str:
    """What the numbers rest on, and how far they were worked out."""
    judged = (
        f" Worked out for {plan.estimated} of {plan.experiments} different settings, evenly drawn."
        if plan.estimated < plan.experiments
        else ""
    )
    return f"All runs one after another; memory of the largest. From: {plan.basis}.{judged}"

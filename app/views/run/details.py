"""The lower half of a run's page: results in full, settings, log, machine."""

from __future__ import annotations

import streamlit as st

from app.parts import protocols, scores, sheet, words
from app.parts.live import keep_up
from app.parts.scores import LEVELS
from app.views.run import embedding_panel, evaluation, machine
from engine import api
from engine.api import Run
from engine.config import SECTIONS, SETTINGS, RunConfig
from engine.events import Score

LOG_TICK = 2.0  # seconds
LOG_LINES = 400
EMBEDDING = "Embedding"  # the tab that follows the step control


def details(run: Run) -> None:
    """Tabs; only the open one is made."""
    parts = {
        "Results": _results,
        EMBEDDING: embedding_panel.panel,
        "Evaluate": evaluation.panel,
        "Settings": _settings,
        "Log": _log,
        "Machine": _machine,
    }
    tabs = st.tabs(list(parts), key="tab", on_change="rerun", bind="query-params")
    for tab, show in zip(tabs, parts.values(), strict=True):
        if tab.open:
            with tab:
                show(run)


def _results(run: Run) -> None:
    rows = [(scores.title(level, run.config), score) for level in LEVELS for score in run.results.get(level.what, ())]
    if not rows:
        st.caption("No accuracy has been measured yet.")
        return
    st.html(
        sheet.table(
            ("Trained on", "Network", "Test accuracy", "Best of tests", "Each network"),
            [_result(title, score) for title, score in rows],
        )
    )
    st.caption(
        f"Mean ± standard deviation over networks trained from scratch, last epoch, on the real test set. {scores.BEST}"
    )
    st.markdown("**Protocol**", help="Everything that decides an accuracy besides the images, kept with the scores.")
    st.html(sheet.table(("", ""), protocols.rows(rows[0][1].protocol)))


def _result(title: str, score: Score) -> tuple[str, ...]:
    return (
        title,
        score.network,
        words.accuracy(score),
        scores.best(score),
        ", ".join(f"{a:.1f}" for a in score.accuracies),
    )


def _settings(run: Run) -> None:
    usual, departures = run.config.usual(), run.config.departures()
    base = f"{words.recipe(run.config)} on {run.config.spec.title}"
    if departures:
        differ, marked = ("differs", "it is") if len(departures) == 1 else ("differ", "they are")
        st.markdown(
            f"**{words.many(len(departures), 'setting')} {differ}** from what {base} uses by itself; {marked} marked."
        )
    else:
        st.markdown(f"Exactly what {base} uses by itself.")
    rows: list[tuple[str, ...]] = []
    for section in SECTIONS:
        rows.append((section,))
        rows += [_setting(n, run.config, usual, n in departures) for n, s in SETTINGS.items() if s.section == section]
    st.html(sheet.table(("Setting", "Value", "Usual", "Meaning"), rows, departures))


def _setting(name: str, config: RunConfig, usual: RunConfig, differs: bool) -> tuple[str, ...]:
    unit = f" {SETTINGS[name].unit}" if SETTINGS[name].unit else ""
    return (
        name,
        sheet.value(getattr(config, name)) + unit,
        sheet.value(getattr(usual, name)) if differs else "",
        SETTINGS[name].help,
    )


def _log(run: Run) -> None:
    keep_up(_log_text, run, "log", LOG_TICK)


def _log_text(run: Run) -> None:
    """The log so far; a tick reads only what is new."""
    key = f"log-{run.id}"
    text, at = st.session_state.get(key, ("", 0))
    while True:
        more, end = api.log(run.id, at)
        text, at, grown = text + more, end, end > at
        if not grown:
            break
    lines = text.splitlines()[-LOG_LINES:]
    st.session_state[key] = ("\n".join(lines) + "\n" if lines else "", at)
    if not lines:
        st.caption("Nothing logged yet.")
        return
    st.caption("Newest first.")
    st.code("\n".join(reversed(lines)), language=None, height=420, wrap_lines=True)


def _machine(run: Run) -> None:
    keep_up(machine.panel, run, "machine")

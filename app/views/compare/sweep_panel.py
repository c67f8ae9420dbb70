"""The part Sweep: which settings made the difference. Parallel coordinates, a scatter, and the same as a table."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence

import streamlit as st

from app.charts.compare.soon import soon
from app.charts.compare.sweep import HEIGHT, Column, alike, parallel, scatter
from app.charts.frame import axis_title
from app.components.live_chart import live_chart
from app.parts import places, sheet, words
from app.views.compare import accuracies
from app.views.compare.units import Unit
from engine.config import RECORDING, SETTINGS

FEWEST = 3  # runs that lines between axes say something of
NAMED = ("dataset", "recipe", "ipc")  # always an axis where they differ
MOST_AXES = 12  # settings with an axis of their own
MOST_MARKED = 8  # runs with a link of their own below the scatter
AXIS = 72  # least pixels of the screen that an axis takes; with less their titles overlap
ACCURACY, SECONDS, LOOPS = "accuracy", "seconds", "loops"


def panel(units: Sequence[Unit]) -> None:
    """The figures of all runs that have an accuracy."""
    done = [unit for unit in units if unit.runs[0].accuracy]
    if len(done) < 2:
        st.caption(
            "Choose at least two runs that have measured their accuracy: it is what their settings are set against."
        )
        return
    settings, results = varied(done), outcomes(done)
    chosen = telling(done, settings)
    settings = [*chosen, *(column for column in settings if column not in chosen)]
    _parallel(done, chosen, results)
    _scatter(done, settings, results)
    _table(done, settings, results)
    if len(done) < len(units):
        st.caption(f"Left out, without an accuracy so far: {len(units) - len(done)} of {len(units)} runs.")


def varied(units: Sequence[Unit]) -> list[Column]:
    """The settings that differ from run to run, in the order of the form."""
    found = []
    for name, setting in SETTINGS.items():
        values = tuple(_plain(getattr(unit.runs[0].config, name)) for unit in units)
        if len(set(values)) > 1:
            found.append(Column(name, axis_title(name, setting.unit), values))
    return found


def telling(units: Sequence[Unit], settings: Sequence[Column]) -> list[Column]:
    """Those that a person varied: what the recipe or the dataset brings along says no more than these do, and what is recorded
    how often says nothing."""
    usual = [unit.runs[0].config.usual() for unit in units]
    return [
        column
        for column in settings
        if SETTINGS[column.name].section != RECORDING
        and (column.name in NAMED or column.values != tuple(_plain(getattr(config, column.name)) for config in usual))
    ]


def outcomes(units: Sequence[Unit]) -> list[Column]:
    """What the runs came to: accuracy first."""
    curves = [accuracies.series(unit) for unit in units]
    at = accuracies.target(curves)
    scores = [unit.runs[0].accuracy for unit in units]
    return [
        Column(ACCURACY, "Accuracy [%]", tuple(round(score.mean, 2) if score else math.nan for score in scores)),
        Column(SECONDS, "Work time [s]", tuple(round(unit.runs[0].seconds, 1) for unit in units)),
        Column(LOOPS, f"Inner loops to {at:g} %", tuple(round(soon(one, at).loops, 1) for one in curves)),
    ]


def _plain(value: object) -> float | str:
    """Numbers as they are; all else in words."""
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else sheet.value(value)


def _parallel(units: Sequence[Unit], settings: Sequence[Column], results: Sequence[Column]) -> None:
    st.markdown("**Settings and results, run by run**", help="Every vertical line is the axis of one setting or result, every other line is a "
                "run, coloured by its accuracy. Drag along an axis to keep the runs that pass there, click it to let go.")  # fmt: skip
    if len(units) < FEWEST:
        st.caption(
            f"Lines between axes say something from {FEWEST} runs on; the scatter and the table below hold for two."
        )
        return
    axes = [*settings[:MOST_AXES], *results]
    label = f"Settings and results, run by run. {len(units)} runs over {', '.join(a.title for a in axes)}; the table below holds the same"
    st.html(f"<style>.st-key-compare-parallel-place {{ --wide: {AXIS * len(axes)}px }}</style>")
    with st.container(key="compare-parallel-place"):
        live_chart(parallel(axes, results[0]), "compare-parallel", label, HEIGHT)
    more = (
        f" Of {len(settings)} settings that differ the first {MOST_AXES} are drawn."
        if len(settings) > MOST_AXES
        else ""
    )
    st.caption(
        "Follow the lines of the best colour back to the left: where they meet is the setting that matters. Settings that only "
        f"follow from the recipe have no axis.{more}"
    )


def _scatter(units: Sequence[Unit], settings: Sequence[Column], results: Sequence[Column]) -> None:
    columns = {column.name: column for column in (*settings, *results)}
    st.markdown(
        "**One against another**",
        help="Any setting that differs, or any result, against a result. A mark is a run: click it for a link to its page.",
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        names, ends = list(columns), [column.name for column in results]
        x = st.selectbox(
            "Across", names, format_func=lambda name: columns[name].title, key="across", bind="query-params", width=260
        )
        y = st.selectbox(
            "Upwards", ends, format_func=lambda name: columns[name].title, key="up", bind="query-params", width=260
        )
        log = (
            st.toggle("Log across", key="logx", bind="query-params"),
            st.toggle("Log upwards", key="logy", bind="query-params"),
        )
    recipes = [unit.runs[0].config.recipe for unit in units]
    figure = scatter(columns[str(x)], columns[str(y)], recipes, [unit.label for unit in units], log)
    title = f"{columns[str(y)].title} against {columns[str(x)].title}"
    key = f"compare-scatter-{x}-{y}-{zlib.crc32(' '.join(unit.key for unit in units).encode())}"  # other runs, nothing marked
    marked = live_chart(figure, key, f"{title}. A mark is a run; the table below holds the same", HEIGHT, select=True)
    _marked([units[i] for i in alike(columns[str(x)], columns[str(y)], marked)])
    never = sum(math.isnan(value) for value in columns[str(y)].numbers) if columns[str(y)].numeric else 0
    st.caption("A slope is an effect; a cloud is none." + _never(never))


def _never(count: int) -> str:
    if not count:
        return ""
    return f" {words.many(count, 'run')} never {'gets there and has' if count == 1 else 'get there and have'} no mark."


def _marked(units: Sequence[Unit]) -> None:
    """A way to the runs whose marks a person has clicked or drawn around."""
    with st.container(horizontal=True, vertical_alignment="center", key="compare-marked"):
        if not units:
            st.caption("Click a mark to get to its run; Shift adds another.", width="content")
        for unit in units[:MOST_MARKED]:
            st.page_link(places.RUN, label=unit.spoken, icon=":material/monitoring:", query_params={"id": unit.key})
        if len(units) > MOST_MARKED:
            st.caption(f"and {len(units) - MOST_MARKED} more, in the table below.", width="content")


def _table(units: Sequence[Unit], settings: Sequence[Column], results: Sequence[Column]) -> None:
    st.markdown("**The same as a table**", help="Click a head to sort by it.")
    columns = {c.title: list(c.values) for c in (*results, *settings)}
    links = [f"run?id={unit.key}" for unit in units]
    st.dataframe({"run": [unit.label for unit in units], "page": links} | columns, hide_index=True, key="compare-table",
                 column_config={"run": "Run", "page": st.column_config.LinkColumn("Page", display_text="Open")})  # fmt: skip

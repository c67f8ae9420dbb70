"""The part Curves: one quantity of all that is compared in one figure, which keeps up with what is live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import streamlit as st

from app.charts.axes import AXES
from app.charts.catalog import CHARTS, MACHINE
from app.charts.compare.overlay import Look, overlay
from app.charts.compare.series import Series
from app.charts.frame import LIGHT, SMOOTH, at
from app.components.live_chart import live_chart
from app.parts.curves import curves_of
from app.parts.live import keep_up_all
from app.views.compare.units import Unit, again, drawn
from engine import api
from engine.metrics.catalog import METRICS

BESIDE = frozenset({"accuracy.std"})  # recorded, but no curve of its own
FIRST = "accuracy"
HEIGHT, LEGEND_ROW = 420, 10  # pixels: of the figure, and more of them for every line in it
SEE = {name: chart.see for chart in reversed([*CHARTS.values(), *MACHINE.values()]) for name in chart.metrics}
SEE[FIRST] = "Higher, and sooner, is better."
BAND = "The band around a group's mean is one standard deviation over its n runs."
_DRAWN = "compare-figure"  # the figure drawn last


class Drawn(NamedTuple):
    """Everything that the figure's looks depend on: what of whom, how far the curves were read, and how."""

    quantity: str
    units: tuple[tuple[str, tuple[str, ...]], ...]
    read: tuple[int, ...]
    look: Look


def panel(units: Sequence[Unit]) -> None:
    """Controls, figure, caption."""
    shown = drawn(units)
    have = _recorded(shown)
    if not have:
        live = any(run.is_live for unit in shown for run in unit.runs)
        st.skeleton(HEIGHT) if live else st.container(height=HEIGHT // 2, border=True)
        st.caption("The first values are on their way." if live else "None of these runs has recorded a curve.")
        if not live:
            return
    quantity, look = _controls(have or [FIRST])
    title = METRICS[quantity].title
    st.markdown(f"**{title}**", help=f"{METRICS[quantity].meaning}")
    runs = [run for unit in shown for run in unit.runs]
    keep_up_all(lambda now: _figure(quantity, again(shown, now), look), runs, "compare-curves")
    if len(units) > len(shown):
        some = f"first of {len(units)} is" if len(shown) == 1 else f"first {len(shown)} of {len(units)} are"
        st.caption(f"Only the {some} drawn; take some out above to see the others.")


def _controls(have: Sequence[str]) -> tuple[str, Look]:
    with st.container(horizontal=True, vertical_alignment="bottom", key="compare-controls"):
        quantity = st.selectbox("Curve", have, format_func=lambda name: METRICS[name].title, key="curve", bind="query-params",
                                width=280)  # fmt: skip
        axis = st.selectbox("X-axis", list(AXES), key="axis", bind="query-params", width=180,
                            help="\n\n".join(f"**{name}**: {one.help}" for name, one in AXES.items()))  # fmt: skip
        smooth = st.selectbox("Smoothing", list(SMOOTH), list(SMOOTH).index(LIGHT), key="smooth", bind="query-params", width=130,
                              help="How wide a moving average every curve is drawn with; light: of long curves only.")  # fmt: skip
        log = st.toggle("Log axis", key="log", bind="query-params", help="The quantity on a logarithmic axis.")
    return str(quantity), Look(str(axis), str(smooth), log)


def _recorded(units: Sequence[Unit]) -> list[str]:
    """Quantities that any of the runs has a value of, accuracy first, then as the catalogue has them."""
    there = {
        name for unit in units for run in unit.runs for name, points in curves_of(run.id).read()[0].items() if points.steps
    }  # fmt: skip
    return sorted((name for name in METRICS if name in there - BESIDE), key=lambda name: name != FIRST)


def _figure(quantity: str, units: Sequence[Unit], look: Look) -> None:
    versions = tuple(curves_of(run.id).read()[1] for unit in units for run in unit.runs)
    wanted = Drawn(quantity, tuple((u.label, tuple(run.id for run in u.runs)) for u in units), versions, look)
    series = {unit.key: lined(unit, quantity) for unit in units}
    title = METRICS[quantity].title
    who = ", ".join(one.label for one in series.values())
    kept: tuple[Drawn, str] | None = st.session_state.get(_DRAWN)
    if kept is None or kept[0] != wanted:
        kept = st.session_state[_DRAWN] = (wanted, str(overlay(quantity, list(series.values()), look).to_json()))
    live_chart(
        kept[1],
        f"compare-{quantity}-{look.axis}",
        f"{title} of {who}. {SEE.get(quantity, '')}",
        HEIGHT + LEGEND_ROW * len(units),
    )
    st.caption(" ".join(part for part in (SEE.get(quantity, ""), _banded(units), _without(series, units)) if part))


def lined(unit: Unit, quantity: str) -> Series:
    """The unit's curves as the figure takes them. Raises NotFound."""
    curves = tuple(at(curves_of(run.id).read()[0], quantity) for run in unit.runs)
    first = unit.runs[0]
    return Series(unit.label, unit.mark, curves, first.config, len(api.class_names(first.id)))


def _banded(units: Sequence[Unit]) -> str:
    return BAND if any(len(unit.runs) > 1 for unit in units) else ""


def _without(series: Mapping[str, Series], units: Sequence[Unit]) -> str:
    """Who is missing from the figure, and that is all right."""
    missing = [unit.spoken for unit in units if not any(points.steps for points in series[unit.key].curves)]
    return f"Not recorded by: {', '.join(missing)}." if missing else ""

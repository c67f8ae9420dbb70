"""Draws what benchmarks/cost.py measured beside what engine/estimate/ foretells: docs/images/cost.svg, four panels."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

PANEL_W, PANEL_H = 356, 218  # pixels of a panel's plane
LEFT, TOP, GAP_X, GAP_Y, EDGE, BELOW = 72, 108, 72, 80, 26, 84
WIDTH, HEIGHT = LEFT + 2 * PANEL_W + GAP_X + EDGE, TOP + 2 * PANEL_H + GAP_Y + BELOW
STYLE = """
text { font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #59636e }
.title { font-size: 19px; font-weight: 600; fill: #1f2328 } .head { font-weight: 600; font-size: 14px; fill: #1f2328 }
.card { fill: #ffffff; stroke: #d1d9e0 } .grid { stroke: #e4e9ee } .line { fill: none; stroke-width: 1.8; stroke-linejoin: round }
.whole { --own: #1f2328 } .match { --own: #2f6fde } .network { --own: #c4620c } .pick { --own: #1a8a5a }
.line { stroke: var(--own) } .dot { fill: var(--own); stroke: var(--under); stroke-width: 1.5 } svg { --under: #ffffff }
@media (prefers-color-scheme: dark) {
  text { fill: #9198a1 } .title, .head { fill: #f0f6fc } .card { fill: #0d1117; stroke: #3d444d } .grid { stroke: #262c36 }
  .whole { --own: #f0f6fc } .match { --own: #6ea8ff } .network { --own: #f0a04b } .pick { --own: #4cc38a } svg { --under: #0d1117 }
}"""  # GitHub shows the file as an image, for which the reader's own light or dark setting holds


class Series(NamedTuple):
    """One part of the inner loop over a panel's quantity: (x, ms) measured, (x, ms) foretold."""

    measured: Sequence[tuple[float, float]]
    foretold: Sequence[tuple[float, float]]


class Panel(NamedTuple):
    title: str
    note: str
    series: Mapping[str, Series]  # by the part's name, which is its class in STYLE


def drawing(panels: Sequence[Panel], names: Mapping[str, str], title: str, subtitle: str) -> str:
    """The SVG. `names`: what each part is called in the legend. All panels share one logarithmic scale of milliseconds."""
    every = [y for p in panels for s in p.series.values() for _, y in (*s.measured, *s.foretold)]
    low, high = math.floor(math.log10(min(every)) * 2) / 2, math.ceil(math.log10(max(every)) * 2) / 2
    body = [
        f'<rect class="card" x="0.5" y="0.5" width="{WIDTH - 1}" height="{HEIGHT - 1}" rx="10"/>',
        _text(LEFT - 42, 36, title, "title"),
        _text(LEFT - 42, 60, subtitle),
        *_legend(names),
    ]
    for number, panel in enumerate(panels):
        x, y = LEFT + number % 2 * (PANEL_W + GAP_X), TOP + number // 2 * (PANEL_H + GAP_Y)
        body.append(f'<g transform="translate({x} {y})">{"".join(_panel(panel, low, high))}</g>')
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img">'
    return f"{head}\n<title>{title}</title>\n<style>{STYLE}\n</style>\n" + "\n".join(body) + "\n</svg>\n"


def _legend(names: Mapping[str, str]) -> Iterator[str]:
    x, y = LEFT - 28, HEIGHT - 24
    for part, name in names.items():
        yield f'<g class="{part}"><path class="line" d="M{x - 14} {y - 4}h28"/><circle class="dot" cx="{x}" cy="{y - 4}" r="4.2"/></g>'
        yield _text(x + 21, y, name)
        x += 58 + 7 * len(name)
    yield _text(WIDTH - EDGE, y, "dots measured, lines foretold", anchor="end")


def _panel(panel: Panel, low: float, high: float) -> Iterator[str]:
    places = sorted({x for s in panel.series.values() for x, _ in s.measured})
    left, right = math.log(places[0]), math.log(places[-1])

    def across(x: float) -> float:
        return 16 + (PANEL_W - 32) * (math.log(x) - left) / (right - left)

    def down(ms: float) -> float:
        return PANEL_H * (high - math.log10(ms)) / (high - low)

    yield _text(0, -12, panel.title, "head")
    yield _text(PANEL_W, -12, panel.note, anchor="end")
    for power in range(math.ceil(low), math.floor(high) + 1):
        yield f'<path class="grid" d="M0 {down(10**power):.1f}h{PANEL_W}"/>'
        yield _text(
            -8, down(10**power) + 4, f"{10**power / 1000:g} s" if power >= 3 else f"{10**power:g} ms", anchor="end"
        )
    for x in places:
        yield f'<path class="grid" d="M{across(x):.1f} 0v{PANEL_H}"/>'
        yield _text(across(x), PANEL_H + 19, f"{x:g}", anchor="middle")
    for part, series in reversed(list(panel.series.items())):  # the first lies on top
        path = "L".join(f"{across(x):.1f} {down(y):.1f}" for x, y in series.foretold)
        dots = "".join(
            f'<circle class="dot" cx="{across(x):.1f}" cy="{down(y):.1f}" r="4.2"/>' for x, y in series.measured
        )
        yield f'<g class="{part}"><path class="line" d="M{path}"/>{dots}</g>'


def _text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{words}</text>'

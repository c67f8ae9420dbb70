"""Which figures a study is shown in: shape -> function, with the words for their axes and captions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import plotly.graph_objects as go

from app.charts.catalog import CHARTS
from app.charts.studies.bars import bars
from app.charts.studies.curves import curves, line
from app.charts.studies.matrix import matrix
from app.charts.studies.stack import stack
from app.charts.studies.table import PUBLISHED, Quantity, Row, Value, again, distinct, of, recipe_in
from engine.recipes import RECIPES

ITERATIONS, INTERVALS = "Outer iterations", "Inner loops between two choices of representatives"
ALONG = "accuracy.along"
TABLES = ("grid", "matrix")  # shapes without an axis for the quantity: its unit stands in the title


class Panel(NamedTuple):
    """A figure with its title, what to see in it, and what its quantity is."""

    title: str
    figure: go.Figure
    see: str
    help: str


class Given(NamedTuple):
    """What a study's panels are made from. `together`: published values have the axes of ours, else figures of their own. `apart`:
    d, the inner loops that feature migration was measured over; 0 where it was not."""

    study: str
    rows: Sequence[Row]
    together: bool
    apart: int = 0


Draw = Callable[[Given, Quantity], Iterator[tuple[str, go.Figure]]]
"""Gives (what stands behind the title, figure)."""

# fmt: off
X_TITLES = {
    "continual": "Classes seen",
    "interval": "Inner loops between two choices of representatives, or outer iterations",
    "pruning": "Training images kept [%]",
    "sampling": "Clusters per class",
    "cross-architecture": "Tested on",
    "ablation": "Components",
    "speed": "Outer iterations, or host",
    "cost": "Method",
}
TITLES = {  # a study's own words for a quantity that says less by itself
    ("speed", "seconds"): "Time to the host's accuracy",
    ("interval", "seconds"): "Time of the whole distillation",
    ("cost", "seconds"): "Time per inner loop",
}
SEE: dict[str, str] = {
    "accuracy": "Higher and sooner is better; the band is one standard deviation over networks.",
    "accuracy, bars": "Further right is better; the whiskers are one standard deviation over networks.",
    "accuracy, line": "Higher is better; the band is one standard deviation over networks.",
    "accuracy, matrix": "The stronger the colour, the better. Read down a column to compare the methods on one network.",
    "accuracy, grid": "The stronger the colour, the better. Empty: a batch of that many images is too large.",
    "iterations": "Shorter is sooner. 0: the starting images reach it already. “Never”: they did not within the run.",
    "speed-up": "How many times fewer iterations than the host by itself; 1 is the host. “From the start”: no iteration was needed.",
    "seconds": "Less is faster. Times belong to the machine that they were measured on.",
    "gradient.norm": "Near 0 there is nothing left to learn from those images; high and restless, they pull in all directions.",
    "accuracy.along": "Higher and sooner is better; where each curve ends is what stands over the interval. The band is one standard deviation over networks.",
    "accuracy.seen": "All fall as classes arrive; the distance between the memories is what counts.",
    "mmd.representative": "The same axis as for random batches: lower and smoother means that a batch stands for its class better.",
    "mmd.random": "The same axis as for representative batches.",
} | {name: CHARTS[name].see for name in ("migration", "loss.gradient", "loss.feature", "feature.difference", "mmd.synthetic")}
PRINTED, SAME = "As the paper prints it, at its own scale.", "As the paper prints it."
TWO_POINTS = "What the paper prints of each curve: when the host's accuracy is reached, and the end. The line only joins the two."
ENDS = "What the paper prints of each curve: the end. It does not say after how many iterations; they are drawn at DC's own 1,000."
TOLD = "Published: of IDC from Table III, of DC, DSA and IDC-feature as the text has it, about a tenth, a tenth and a fortieth of the iterations."
NOTES = {  # (study, quantity, first word behind the title) -> what there is to know of published values
    ("speed", "accuracy", "IDC"): TWO_POINTS,
    ("speed", "accuracy", "DC"): ENDS,
    ("speed", "accuracy", "DSA"): ENDS,
    ("speed", "speed-up", PUBLISHED): TOLD,
    ("speed", "speed-up", ""): TOLD,
}
NETWORKS = {"convnet": "ConvNet", "resnet10": "ResNet-10", "resnet18": "ResNet-18", "densenet121": "DenseNet-121"}
# fmt: on


def x_title(study: str, shape: str) -> str:
    """What x is, for the head of a column."""
    return X_TITLES.get(study) or (ITERATIONS if shape == "curves" else "")


def panels(given: Given, shape: str, quantities: Sequence[Quantity]) -> list[Panel]:
    """One or more per quantity, in order; none for a quantity without rows."""
    draw = SPECIAL.get(given.study) or SHAPES.get(shape)
    found = []
    for quantity in quantities if draw else ():
        quantity = quantity._replace(title=TITLES.get((given.study, quantity.name), quantity.title))
        for rest, figure in draw(given, quantity) if draw and of(given.rows, quantity.name) else ():
            title = f"{quantity.axis if shape in TABLES else quantity.title}{': ' if rest else ''}{rest}"
            see = SEE.get(f"{quantity.name}, {shape}", SEE.get(quantity.name, ""))
            printed = NOTES.get((given.study, quantity.name, rest.partition(", ")[0]), "")
            if rest.endswith(PUBLISHED):
                see = printed or (SAME if given.together else PRINTED)
            elif given.together and printed:
                see = f"{see} {printed}"
            found.append(Panel(title, figure, see, quantity.meaning))
    return found


# ---- one function per shape


def _bars(given: Given, quantity: Quantity) -> Iterator[tuple[str, go.Figure]]:
    for title, rows in _sides(given, quantity):
        yield title, bars(rows, quantity)


def _curves(given: Given, quantity: Quantity, draw: Callable[..., go.Figure] = curves) -> Iterator[tuple[str, go.Figure]]:  # fmt: skip
    for title, rows in _sides(given, quantity):
        yield title, draw(rows, quantity, X_TITLES.get(given.study, ITERATIONS))


def _matrix(given: Given, quantity: Quantity) -> Iterator[tuple[str, go.Figure]]:
    rows = [again(row, x=NETWORKS.get(str(row.x), row.x)) for row in of(given.rows, quantity.name)]
    yield from _matrices(given, quantity, "", rows)


def _matrices(given: Given, quantity: Quantity, name: str, rows: Sequence[Row]) -> Iterator[tuple[str, go.Figure]]:
    """Ours and the published table; one scale of shades for both only where they are about the same."""
    for published in (False, True):
        some = [row for row in rows if row.published == published]
        if some:
            title = ", ".join(word for word in (name, "published" if published else "this study") if word)
            figure = matrix(rows if given.together else some, quantity, X_TITLES.get(given.study, ""), published)
            yield title, figure


def _stack(given: Given, quantity: Quantity) -> Iterator[tuple[str, go.Figure]]:
    for title, rows in _sides(given, quantity):
        yield title, stack(rows, quantity)


SHAPES: dict[str, Draw] = {
    "bars": _bars, "curves": _curves, "line": partial(_curves, draw=line), "grid": _matrix, "matrix": _matrix, "stack": _stack,
}  # fmt: skip


# ---- studies that are shown in their own way


def _speed(given: Given, quantity: Quantity) -> Iterator[tuple[str, go.Figure]]:
    """Curves by host, all else as bars."""
    at_once = {row.series for row in of(given.rows, "iterations") if row.value == 0}
    for title, rows in _sides(given, quantity):
        if quantity.name != "accuracy":
            yield title, bars(rows, quantity, at_once)
            continue
        for family in distinct(family_of(row.series) for row in rows):
            some = [row for row in rows if family_of(row.series) == family]
            yield ", ".join(word for word in (family, title) if word), curves(some, quantity, ITERATIONS)


def family_of(label: str) -> str:
    """The host that a cell is compared with, "IDC" for DREAM+; IDC by features is one of its own."""
    recipe = recipe_in(label)
    if recipe == "idc-feature" or recipe not in RECIPES:
        return label.split(" + ")[0]
    return RECIPES[recipe].host.upper()


def _sampling(given: Given, quantity: Quantity) -> Iterator[tuple[str, go.Figure]]:
    """A table per method: images per cluster x clusters."""
    rows = of(given.rows, quantity.name)
    for method in distinct(row.series.partition(", ")[0] for row in rows):
        some = [
            again(row, series=row.series.partition(", ")[2]) for row in rows if row.series.startswith(f"{method}, ")
        ]
        yield from _matrices(given, quantity, method, some)


def _mmd(given: Given, quantity: Quantity) -> Iterator[tuple[str, go.Figure]]:
    """Both panels on one axis: the comparison is between them."""
    most = max((row.value for row in given.rows if row.value == row.value), default=1.0)
    for title, figure in _curves(given, quantity):
        yield title, figure.update_yaxes(range=[0, 1.05 * most])


def _pruning(given: Given, quantity: Quantity) -> Iterator[tuple[str, go.Figure]]:
    rows: list[Value] = [again(row, x=100 * row.x) for row in given.rows if not isinstance(row.x, str)]
    yield from _curves(given._replace(rows=rows), quantity, line)


def _interval(given: Given, quantity: Quantity) -> Iterator[tuple[str, go.Figure]]:
    """Over the interval, but for the accuracy along the iterations: the two halves of the paper's Figure 7."""
    x_title, draw = (ITERATIONS, curves) if quantity.name == ALONG else (INTERVALS, line)
    for title, rows in _sides(given, quantity):
        yield title, draw(rows, quantity, x_title)


def _stability(given: Given, quantity: Quantity) -> Iterator[tuple[str, go.Figure]]:
    """Says how far apart the images are that are compared."""
    for title, figure in _curves(given, quantity):
        if quantity.name == "migration" and given.apart:
            figure.update_yaxes(title_text=f"Migration over d = {given.apart:,} inner loops")
        yield title, figure


SPECIAL: dict[str, Draw] = {
    "speed": _speed, "sampling": _sampling, "mmd": _mmd, "pruning": _pruning, "interval": _interval, "stability": _stability,
}  # fmt: skip


def _sides(given: Given, quantity: Quantity) -> Iterator[tuple[str, list[Row]]]:
    """Ours and published on one pair of axes when they are about the same, else each by itself."""
    rows = of(given.rows, quantity.name)
    if given.together:
        yield "", rows
        return
    published = [row for row in rows if row.published]
    ours = [row for row in rows if not row.published]
    if ours:
        yield "this study" if published else "", ours
    if published:
        yield "published", published

"""A value per pair, as the table that papers print: rows, columns, darker where it is higher, mean ± spread in each cell."""

from __future__ import annotations

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from app import palette
from app.charts.frame import frame, lone
from app.charts.studies.table import Quantity, Row, distinct, of, with_spread

CELL, HEAD = 48, 58  # pixels


def matrix(rows: Sequence[Row], quantity: Quantity, x_title: str, published: bool) -> go.Figure:
    """Series from top to bottom, x from left to right. Shades span ours and the published values together, so that the two
    figures can be compared by eye."""
    both = of(rows, quantity.name)
    shown = [row for row in both if row.published == published]
    across, down = _across(both), distinct(row.series for row in both)
    columns, lines = {x: i for i, x in enumerate(across)}, {y: i for i, y in enumerate(down)}
    figure = lone(frame(x_title, ""))
    for row in shown:
        _cell(figure, columns[row.x], lines[row.series], shade(row.value, both))
    figure.add_trace(
        go.Scatter(
            x=[columns[row.x] for row in shown],
            y=[lines[row.series] for row in shown],
            mode="text",
            text=[with_spread(row).replace(" ± ", "<br>± ") for row in shown],
            textfont={"color": palette.PUBLISHED.ink.light, "size": 12},
            customdata=[row.value for row in shown],
            hovertext=[f"{row.series}, {_text(row.x)}: {with_spread(row)} {quantity.unit}" for row in shown],
            hoverinfo="text",
        )
    )
    figure.update_xaxes(_axis([_text(x) for x in across]) | {"showline": False})
    figure.update_yaxes(_axis([_short(y) for y in down]) | {"showgrid": False, "ticklabelstandoff": 6})
    figure.update_yaxes(range=[len(down) - 0.5, -0.5])
    figure.update_layout(height=HEAD + CELL * max(1, len(down)), hovermode="closest", dragmode=False, margin_l=12)
    return figure


def shade(value: float, rows: Sequence[Row]) -> str:
    """The light ink of a cell among those of the rows."""
    return ink(value, [row.value for row in rows]).light


def ink(value: float, among: Sequence[float]) -> palette.Ink:
    """Of a cell: the first shade for the lowest of the values, the last for the highest."""
    values = [one for one in among if math.isfinite(one)]
    if not math.isfinite(value) or not values:
        return palette.SHADES[0]
    low, high = min(values), max(values)
    share = (value - low) / (high - low) if high > low else 0.5
    return palette.SHADES[min(int(share * len(palette.SHADES)), len(palette.SHADES) - 1)]


def _cell(figure: go.Figure, x: int, y: int, fill: str) -> None:
    figure.add_shape(
        type="rect", x0=x - 0.48, x1=x + 0.48, y0=y - 0.46, y1=y + 0.46, fillcolor=fill, line_width=0, layer="below"
    )


def _axis(names: Sequence[str]) -> dict[str, object]:
    places = list(range(len(names)))
    return {"tickmode": "array", "tickvals": places, "ticktext": names, "range": [-0.5, len(names) - 0.5]}


def _across(rows: Sequence[Row]) -> list[float | str]:
    """Columns: numbers in order, names as they come."""
    found = distinct(row.x for row in rows)
    return found if any(isinstance(x, str) for x in found) else sorted(found, key=float)


def _text(x: float | str) -> str:
    return x if isinstance(x, str) else f"{x:,g}"


def _short(text: str) -> str:
    """A long name of a row in two lines."""
    if len(text) < 16 or " " not in text:
        return text
    middle = min((i for i, sign in enumerate(text) if sign == " "), key=lambda i: abs(i - len(text) / 2))
    return f"{text[:middle]}<br>{text[middle + 1 :]}"

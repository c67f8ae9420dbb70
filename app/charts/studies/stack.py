"""What a whole is made of: parts laid end to end, a bar per cell."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from app import palette
from app.charts.frame import frame
from app.charts.studies.table import PUBLISHED, Quantity, Row, counted, distinct, grouped, legend, of, with_spread

BAR, HEAD = 38, 84  # pixels


def stack(rows: Sequence[Row], quantity: Quantity) -> go.Figure:
    """Series are the parts, x the cells; published bars stand below ours, hatched."""
    rows = of(rows, quantity.name)
    parts, cells = distinct(row.series for row in rows), _cells(rows)
    figure = frame(quantity.axis, "")
    inks = dict(zip(parts, _inks(parts), strict=True))
    for (part, published), some in grouped(rows).items():
        fill = {
            "pattern": {"shape": "/", "fgcolor": inks[part], "bgcolor": "rgba(0,0,0,0)", "size": 6, "solidity": 0.4}
        }
        figure.add_trace(
            go.Bar(
                x=[row.value for row in some],
                y=[cell(row) for row in some],
                orientation="h",
                name=legend(part, published),
                legendgroup=part,
                showlegend=not published or (part, False) not in grouped(rows),
                marker={"color": inks[part], "line": {"color": palette.TEXT.light, "width": 0.5}} | (fill if published else {}),
                customdata=[with_spread(row) + counted(row) for row in some],
                hovertemplate="%{y}: %{customdata} " + quantity.unit,
            )
        )  # fmt: skip
    figure.update_xaxes(showgrid=True, showline=False, rangemode="tozero")
    figure.update_yaxes(
        showgrid=False,
        autorange="reversed",
        ticklabelstandoff=6,
        type="category",
        categoryorder="array",
        categoryarray=cells,
    )
    figure.update_layout(
        barmode="stack", bargap=0.4, hovermode="closest", dragmode=False, height=HEAD + BAR * max(1, len(cells))
    )
    figure.update_layout(margin_l=12)
    return figure


def cell(row: Row) -> str:
    return f"{row.x}, {PUBLISHED}" if row.published else str(row.x)


def _cells(rows: Sequence[Row]) -> list[str]:
    """A published bar right below ours of the same cell."""
    order = {x: i for i, x in enumerate(distinct(str(row.x) for row in rows))}
    return distinct(cell(row) for row in sorted(rows, key=lambda row: (order[str(row.x)], row.published)))


def _inks(parts: Sequence[str]) -> list[str]:
    """Parts of the time as on a run's page, by the word that they begin with; others get the next spare."""
    shares = {
        "match": "share.match",
        "network": "share.network",
        "warm": "share.warmup",
        "cluster": "share.cluster",
        "pick": "share.cluster",
    }
    spare = [ink.light for ink in palette.SHARES.values()] * (1 + len(parts))
    known = [next((shares[w] for w in shares if part.lower().startswith(w)), "") for part in parts]
    used = {palette.SHARES[name].light for name in known if name}
    free = [ink for ink in spare if ink not in used] or spare
    return [palette.SHARES[name].light if name else free.pop(0) for name in known]

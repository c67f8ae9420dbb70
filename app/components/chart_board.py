"""A run's figures as one piece of the page: cards with a heading, what it means, the figure and what to see in it.

One piece, not a dozen for each figure: a tick is then one message, and the page is there sooner.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import streamlit as st

from app.components import figures, lean

_HTML = f'<div class="chart-board"></div><template>{figures.HTML}</template>'
_board = st.components.v2.component(
    "distillery_chart_board",
    html=_HTML,
    js=lean.LOADER,
    isolate_styles=False,  # plotly puts its style rules at the top of the document
)


class Card(NamedTuple):
    """A figure (JSON; None: there are no values yet, and `see` says why) under a stable key. `help`: quantities and what they mean."""

    key: str
    title: str
    help: Sequence[tuple[str, str]]
    see: str
    figure: str | None
    wide: bool = False


def chart_board(cards: Sequence[Card], key: str) -> None:
    """The cards, two abreast where there is room; the wide ones alone in their row."""
    shown = [_sent(card) for card in cards]
    keys = [card.key for card in cards]
    data = {"cards": shown, "height": figures.HEIGHT} | figures.pieces("chart_board")
    _board(key=key, data=lean.plain(data), on_whole_change=lambda: figures.forget(*keys))


def _sent(card: Card) -> dict[str, Any]:
    """A card as the script gets it: of the figure what is new in it, nothing while there is none."""
    told = card._asdict() | {"label": f"{card.title}. {card.see}"}
    text = told.pop("figure")
    return told if text is None else told | figures.message(card.key, text)

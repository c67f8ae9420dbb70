"""Plain tables of words: head, rows, and rows that are headings."""

from __future__ import annotations

import html
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from app.parts import words


class Marked(str):
    """A cell that stands out."""

    __slots__ = ()


def table(head: Sequence[str], rows: Iterable[tuple[str, ...]], marked: Collection[str] = ()) -> str:
    """An HTML table. A row of one cell is a heading; rows whose first cell is in `marked` stand out."""
    heads = "".join(f"<th>{html.escape(h)}</th>" for h in head)
    body = "".join(_row(row, len(head), row[0] in marked) for row in rows)
    return f'<div class="sheet"><table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>'


def value(of: Any) -> str:
    """A setting's or a protocol's value as a cell shows it."""
    if isinstance(of, (tuple, list)):
        return ", ".join(map(value, of))
    if isinstance(of, bool):
        return "yes" if of else "no"
    return f"{of:g}" if isinstance(of, float) else str(of) or words.DASH


def _row(row: tuple[str, ...], width: int, marked: bool) -> str:
    if len(row) == 1:
        return f'<tr class="part"><th colspan="{width}">{html.escape(row[0])}</th></tr>'
    return f"<tr{' class=marked' if marked else ''}>" + "".join(map(_cell, row)) + "</tr>"


def _cell(text: str) -> str:
    inner = html.escape(text)
    return f"<td><mark>{inner}</mark></td>" if isinstance(text, Marked) else f"<td>{inner}</td>"

"""Slides as HTML, the same on the screen and in the report. All that comes from outside is escaped. Figures and the player
are filled in by slides.js, from `data`."""

from __future__ import annotations

import base64
import csv
import gzip
import html
import io
from collections.abc import Sequence
from typing import Any

from app import palette
from app.parts import pictures
from app.report import media
from app.report.slide import Chart, Material, Pictures, Player, Rows, Slide, Story

SHORT = {
    "problem": "The problem", "real": "Real images", "growth": "Growth", "batches": "Batches", "curves": "Curves", "accuracy": "Accuracy",
    "made": "How it was made",
}  # fmt: skip
SAVES = (("png", "PNG"), ("svg", "SVG"), ("csv", "CSV"))


def sections(story: Story, saves: bool) -> str:
    """One <section> for each slide. `saves`: with buttons that keep each figure as a file."""
    return "".join(_section(slide, saves) for slide in story.slides)


def data(story: Story, points: int) -> dict[str, Any]:
    """What slides.js needs, JSON-ready: the figures, the player's frames, the colours of the dark theme. The CSV file of a figure
    keeps about so many of its rows at most; 0 = there are no such files."""
    player = player_of(story)
    return {
        "charts": {
            c.name: _chart(c) | ({"csv": packed(table(fewer(c.cells, points)))} if points else {})
            for c in charts_of(story)
        },
        "player": _player(player) if player else None,
        "swap": palette.swap(),
        "file": filename(story.name, story.run_id),
    }


def fewer(cells: Sequence[Sequence[object]], most: int) -> Sequence[Sequence[object]]:
    """The heads, and at most `most` + 1 of the rows: every 2^k-th and the last one."""
    heads, *rows = cells
    stride = 1
    while len(rows) > most * stride:
        stride *= 2
    last = [] if not rows or (len(rows) - 1) % stride == 0 else [rows[-1]]
    return [heads, *rows[::stride], *last]


def charts_of(story: Story) -> list[Chart]:
    """Every figure, in order."""
    return [piece for slide in story.slides for piece in slide.material if isinstance(piece, Chart)]


def filename(name: str, run_id: str) -> str:
    """The beginning of the name of every file about a run: letters, digits and dashes."""
    clean = "".join(c if c.isascii() and c.isalnum() else "-" for c in name).lower()
    return "-".join(part for part in clean.split("-") if part)[:60] or run_id


def player_of(story: Story) -> Player | None:
    """The player, if the story has one."""
    return next((piece for slide in story.slides for piece in slide.material if isinstance(piece, Player)), None)


def table(cells: Sequence[Sequence[object]]) -> str:
    """CSV; numbers as Python writes them, so that reading them back gives the very same."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows(cells)
    return buffer.getvalue()


def packed(text: str) -> str:
    """Compressed, as a page can hold it."""
    return base64.b64encode(gzip.compress(text.encode(), 6, mtime=0)).decode()


def _chart(chart: Chart) -> dict[str, Any]:
    return {"figure": str(chart.figure.to_json()), "cursor": chart.cursor, "height": chart.figure.layout.height}


def _player(player: Player) -> dict[str, Any]:
    growth = player.growth
    side = growth.frames.shape[-1]
    return {
        "url": "data:image/png;base64," + base64.b64encode(media.sheet(growth)).decode(),
        "side": side, "columns": growth.columns, "tiles": growth.shown, "steps": list(growth.steps), "values": list(player.values),
        "curve": player.curve_title, "seconds": media.pace(len(growth.steps)),
    }  # fmt: skip


def _section(slide: Slide, saves: bool) -> str:
    text = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in slide.text)
    pieces = "".join(_piece(piece, saves) for piece in slide.material)
    return (
        f'<section class="slide" id="slide-{slide.name}" data-name="{slide.name}" data-short="{SHORT[slide.name]}" aria-labelledby="title-{slide.name}">'
        f'<div class="words"><h2 id="title-{slide.name}" tabindex="-1">{html.escape(slide.title)}</h2>{text}</div>'
        f'<div class="stage pieces-{len(slide.material)}">{pieces}</div></section>'
    )


def _piece(piece: Material, saves: bool) -> str:
    if isinstance(piece, Pictures):
        return _pictures(piece)
    if isinstance(piece, Player):
        return _player_html(piece)
    return _chart_html(piece, saves) if isinstance(piece, Chart) else _rows(piece)


def _pictures(piece: Pictures) -> str:
    strips = ""
    for strip in piece.strips:
        picture = pictures.sheet(strip.images, strip.columns)
        alt = f"{piece.label}: {strip.name}" if strip.name else piece.label
        name = f"<span>{html.escape(strip.name)}</span>" if len(piece.strips) > 1 else ""
        strips += f'{name}<img alt="{html.escape(alt)}" src="{pictures.data_url(picture)}" width="{picture.width}" height="{picture.height}">'
    kind = " named" if len(piece.strips) > 1 else ""
    return f'<figure class="pictures{kind}"><div class="room"><div class="strips">{strips}</div></div><figcaption>{html.escape(piece.caption)}</figcaption></figure>'


def _player_html(piece: Player) -> str:
    last, several = len(piece.growth.steps) - 1, len(piece.growth.steps) > 1
    controls = (
        '<div class="controls"><button type="button" class="play" aria-label="Play">'
        '<svg viewBox="0 0 24 24" aria-hidden="true"><path class="go" d="M8 5v14l11-7z"/><path class="halt" d="M6 5h4v14H6zM14 5h4v14h-4z"/></svg></button>'
        f'<input type="range" min="0" max="{last}" value="{last}" aria-label="Inner loop whose images are shown"></div>'
        if several
        else ""
    )
    return (
        f'<figure class="player"><div class="room"><canvas role="img" aria-label="{html.escape(piece.caption)}"></canvas></div>'
        f"{controls}<output></output><figcaption>{html.escape(piece.caption)}</figcaption></figure>"
    )


def _chart_html(piece: Chart, saves: bool) -> str:
    buttons = "".join(
        f'<button type="button" data-save="{form}" aria-label="Save {html.escape(piece.title)} as {word}">{word}</button>'
        for form, word in SAVES
    )
    save = f'<div class="saves">{buttons}</div>' if saves else ""
    return (
        f'<figure class="chart" data-chart="{piece.name}"><figcaption class="over"><b>{html.escape(piece.title)}</b>{save}</figcaption>'
        f'<div class="room"><div class="plot" role="img" aria-label="{html.escape(f"{piece.title}. {piece.see}")}"></div><i class="cursor" hidden></i></div>'
        f"<figcaption>{html.escape(piece.see)}</figcaption></figure>"
    )


def _rows(piece: Rows) -> str:
    rows = "".join(
        f"<tr><th scope=row>{html.escape(key)}</th><td>{html.escape(value)}</td></tr>" for key, value in piece.rows
    )
    return f'<table class="rows">{rows}</table>'

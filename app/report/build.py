"""One HTML file that tells the story of a run, opens without a network and stays under ten megabytes."""

from __future__ import annotations

import base64
import html
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

from app.charts.library import BASIC
from app.report import media, slides
from app.report.facts import Facts
from app.report.slide import Story
from app.report.story import tell

HERE = Path(__file__).parent
LIMIT = 10_000_000  # bytes of the whole file
MOST_CSV = 1_200_000  # bytes of all CSV files, compressed; beyond that each keeps about
FEWEST_POINTS = 3000  # rows
ALL = sys.maxsize
FEWER = "Each curve keeps about {:,} of its points here; 'python -m app.report {} --csv FOLDER' writes all of them."
MOST_PIXELS = 4_000_000  # bytes of all frames before anything is drawn: more would never fit
# Scripts and styles are those in the file; images those in it, or what plotly draws for a download. Nothing can be fetched.
POLICY = "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
Said = Callable[[str, int, int], None]


def page(facts: Facts, said: Said = lambda *_: None) -> str:
    """The whole file. Where it would be too large, the CSV files of the page keep fewer points, and it says so; then fewer frames
    and fewer images of S are shown."""
    points = ALL if _packed(tell(facts)) <= MOST_CSV else FEWEST_POINTS
    if facts.growth:
        said("choosing what fits", 0, 0)
        least = media.within(facts.growth, 0)
        room = LIMIT - len(_whole(tell(replace(facts, growth=least)), points).encode())
        growth = media.within(facts.growth, MOST_PIXELS)
        while media.weight(growth) > room and (smaller := media.smaller(growth)):
            growth = smaller
        facts = replace(facts, growth=growth)
    said("building the page", 0, 0)
    text = _whole(tell(facts), points)
    while len(text.encode()) >= LIMIT and facts.growth and (smaller := media.smaller(facts.growth)):
        facts = replace(facts, growth=smaller)
        text = _whole(tell(facts), points)
    return text


def _packed(story: Story) -> int:
    """Bytes that all CSV files take in the page."""
    return sum(len(slides.packed(slides.table(chart.cells))) for chart in slides.charts_of(story))


def _whole(story: Story, points: int) -> str:
    notes = (FEWER.format(points, story.run_id),) if points < ALL else ()
    told = "".join(f"<p>{html.escape(note)}</p>" for note in (*story.left_out, *notes))
    links = "".join(f'<a href="#slide-{slide.name}">{html.escape(slide.title)}</a>' for slide in story.slides)
    data = json.dumps(slides.data(story, points), allow_nan=False).replace("<", "\\u003c")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{html.escape(POLICY)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">'
        f"<title>{html.escape(story.name)}</title><style>{_text('slides.css')}{_text('report.css')}</style></head><body>"
        f"<header><h1>{html.escape(story.name)}</h1><p>{html.escape(story.facts)}</p>{told}<nav aria-label=Contents>{links}</nav></header>"
        f"<main>{slides.sections(story, saves=True)}</main>"
        f"<footer>{_film(story)}</footer>"
        f'<script type="application/json" id="story-data">{data}</script>'
        f"<script>{_plotly()}</script><script>{_text('slides.js')}{_text('report.js')}</script></body></html>\n"
    )


def _film(story: Story) -> str:
    """The GIF, for slides and messages."""
    player = slides.player_of(story)
    if not player or len(player.growth.steps) < 2:
        return ""
    url = "data:image/gif;base64," + base64.b64encode(media.gif(player.growth)).decode()
    name = slides.filename(story.name, story.run_id)
    return f'<p class="downloads"><a download="{name}.gif" href="{url}">The synthetic images as an animated GIF</a></p>'


@cache
def _text(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


@cache
def _plotly() -> str:
    """plotly.js for curves and bars; its text must not end the script that it stands in."""
    return BASIC.read_text(encoding="utf-8").replace("</script", "<\\/script")

"""The story of a run as the page shows it: told once, kept while nothing it rests on has changed."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import streamlit as st

from app.report import media, slides
from app.report.facts import gather
from app.report.story import tell
from engine import api
from engine.api import Run, Task

MOST_PIXELS = 4_000_000  # bytes of all frames of S: what a browser gets at once
FRESH = 60  # seconds that the story of a live run is kept


def told(run: Run, task: Task | None, why: str) -> dict[str, Any]:
    """What the component shows. Raises NotFound, Damaged."""
    done = task.id if task and task.state == "finished" else ""
    how_far = "" if run.is_live else f"{run.state} {run.step} {sum(map(len, run.results.values()))}"
    return _told(run.id, run.name, how_far, done, why)


@st.cache_resource(max_entries=8, ttl=FRESH, show_spinner=False)
def _told(run_id: str, name: str, how_far: str, task_id: str, why: str) -> dict[str, Any]:
    """`name` and `how_far` only say when it has to be told anew."""
    facts = gather(run_id, api.task(task_id) if task_id else None, why)
    if facts.growth:
        facts = replace(facts, growth=media.within(facts.growth, MOST_PIXELS))
    story = tell(facts)
    text, data = slides.sections(story, saves=False), slides.data(story, points=0)
    version = hashlib.blake2b(repr((run_id, name, how_far, task_id, why, text)).encode(), digest_size=8).hexdigest()
    return {
        "html": text, "story": data, "about": [story.name, story.facts], "version": version,
        "left_out": " ".join(story.left_out),
    }  # fmt: skip

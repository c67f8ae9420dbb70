"""What people write onto runs to find them again: tags, a note, a pin. A run's work never reads them."""

from __future__ import annotations

from collections.abc import Iterable

from engine.access import changing
from engine.errors import BadRequest
from engine.runner import life
from engine.store import runs
from engine.store.records import Run
from engine.store.workspace import Workspace

MOST_TAGS, LONGEST_TAG, LONGEST_NOTE = 12, 32, 4000  # tags, characters, characters


@changing
def tag(run_id: str, tags: Iterable[str]) -> Run:
    """Gives a run these tags and no others, in the order of the alphabet. Raises NotFound, BadRequest, ReadOnly."""
    clean = sorted({" ".join(tag.split()) for tag in tags} - {""})
    if wrong := [tag for tag in clean if len(tag) > LONGEST_TAG or not tag.isprintable() or "," in tag]:
        raise BadRequest(
            f"'{wrong[0]!s:.60}' is no tag; give at most {LONGEST_TAG} visible characters without a comma."
        )
    if len(clean) > MOST_TAGS:
        raise BadRequest(f"{len(clean)} tags were given; a run takes at most {MOST_TAGS}.")
    return _labelled(run_id, tags=clean)


@changing
def annotate(run_id: str, note: str) -> Run:
    """Replaces a run's note, plain text; empty removes it. Raises NotFound, BadRequest, ReadOnly."""
    clean = "".join(c if c.isprintable() or c == "\n" else " " for c in note).strip()
    if len(clean) > LONGEST_NOTE:
        raise BadRequest(f"The note has {len(clean):,} characters; give at most {LONGEST_NOTE:,}.")
    return _labelled(run_id, note=clean)


@changing
def pin(run_id: str, pinned: bool = True) -> Run:
    """Keeps a run at the top of the list, or no longer. Raises NotFound, ReadOnly."""
    return _labelled(run_id, pinned=pinned)


def _labelled(run_id: str, **values: object) -> Run:
    here = Workspace.current()
    runs.label(here, run_id, **values)
    return life.seen(runs.row(here, run_id))

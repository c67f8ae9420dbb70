"""The life of a run: the table of states and of the moves between them."""

from __future__ import annotations

STATES = ("queued", "starting", "running", "stopping", "stopped", "paused", "finished", "failed", "lost")
LIVE = frozenset({"queued", "starting", "running", "stopping"})
"""States that change by themselves."""
AT_WORK = frozenset({"starting", "running", "stopping"})
"""States in which a worker process holds the run, and a slot."""
RESUMABLE = frozenset({"stopped", "paused", "failed", "lost"})

MOVES: dict[str, frozenset[str]] = {
    "queued": frozenset({"starting", "stopped", "paused", "failed"}),
    "starting": frozenset({"running", "stopping", "failed", "lost"}),
    "running": frozenset({"stopping", "finished", "failed", "lost"}),
    "stopping": frozenset({"stopped", "paused", "finished", "failed", "lost"}),
    "stopped": frozenset({"queued"}),
    "paused": frozenset({"queued"}),
    "failed": frozenset({"queued"}),
    "lost": frozenset({"queued"}),
    "finished": frozenset(),
}

WISHES = {"stop": "stopped", "pause": "paused"}
"""What a person can ask of a run -> the state it ends in."""


def sources(to: str) -> frozenset[str]:
    """States from which `to` can be reached in one move."""
    return frozenset(state for state, targets in MOVES.items() if to in targets)

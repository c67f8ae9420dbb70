"""Results: what the finished runs of this workspace reached, beside what was published."""

from __future__ import annotations

from pathlib import Path

from engine import results as engine_results
from engine.results import ResultCell
from engine.store.workspace import Workspace


def results() -> list[ResultCell]:
    """The cells of the table that hold something: one per method, dataset, images per class and protocol, runs that differ by
    their seed pooled. Published figures without a run of ours come with protocol ""."""
    return engine_results.cells(engine_results.of_workspace(Workspace.current()))


def export_results(path: Path) -> int:
    """Writes every finished run (settings, scores, accuracy curve, time, provenance) into one JSON file, and says how many there
    are. Raises BadRequest where nothing may be written, NoSpace."""
    entries = engine_results.of_workspace(Workspace.current())
    engine_results.write(path, entries)
    return len(entries)

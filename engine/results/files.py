"""Finished runs as one JSON file, which other machines and later versions read: {"format", "version", "runs": [...]}."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from engine.errors import BadData, BadRequest
from engine.results.entry import Entry
from engine.store import artifacts

FORMAT, VERSION = "distillery-results", 1


def write(path: Path, entries: Sequence[Entry]) -> None:
    """Oldest first, so that what is added later comes last. Raises BadRequest where nothing may be written, NoSpace."""
    runs = [entry.to_dict() for entry in sorted(entries, key=lambda entry: (entry.finished, entry.id))]
    try:
        artifacts.write_json(path, {"format": FORMAT, "version": VERSION, "runs": runs})
    except OSError as error:
        raise BadRequest(
            f"'{path}' cannot be written ({error.strerror or error}); give a file in a folder that exists."
        ) from None


def read(paths: Iterable[Path]) -> list[Entry]:
    """The runs of all files, newest first; one that is in several counts once. Raises BadData."""
    found: dict[str, Entry] = {}
    for path in paths:
        found |= {entry.id: entry for entry in _runs(path)}
    return sorted(found.values(), key=lambda entry: (-entry.finished, entry.id))


def _runs(path: Path) -> list[Entry]:
    value = _json(path)
    if not isinstance(value, dict) or value.get("format") != FORMAT or not isinstance(value.get("runs"), list):
        raise BadData(f"'{path}' is not an export of results; give a file that 'engine results --export' wrote.")
    if value.get("version") != VERSION:
        raise BadData(
            f"'{path}' has version {value.get('version')!r:.20} of the format, this program reads {VERSION}; export it anew."
        )
    try:
        return [Entry.from_dict(run) for run in value["runs"]]
    except BadData as error:
        raise BadData(f"'{path}' cannot be read: {error}") from None


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadData(f"'{path}' cannot be read ({error}); give a file that 'engine results --export' wrote.") from None

"""Paths that a person gave."""

from __future__ import annotations

from pathlib import Path


def given_path(text: str) -> Path:
    """The path, with ~ opened up where there is such a home."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)

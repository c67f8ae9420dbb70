"""A run's curves in memory: fetched by cursor, so that a tick reads only what is new."""

from __future__ import annotations

import threading

import streamlit as st

from app.charts.table import Points, Table
from engine import api


class Curves:
    """All points of one run read so far. Shared by every open page of this server: guarded by a lock."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id
        self._lock = threading.Lock()
        self._values: dict[str, dict[int, tuple[float, float]]] = {}
        self._table: Table = {}
        self._cursor = 0

    def read(self) -> tuple[Table, int]:
        """The curves as they are now, and a number that changes when they do. Raises NotFound."""
        with self._lock:
            rows, cursor = api.metrics(self._run_id, after=self._cursor)
            for row in rows:  # a resumed run writes some steps again: the later value counts
                self._values.setdefault(row.name, {})[row.step] = row.value, row.seconds
            if cursor != self._cursor:
                self._cursor = cursor
                self._table = {name: _points(values) for name, values in self._values.items()}
            return self._table, self._cursor


def _points(values: dict[int, tuple[float, float]]) -> Points:
    steps = sorted(values)
    return Points(steps, [values[step][0] for step in steps], [values[step][1] for step in steps])


@st.cache_resource(max_entries=32, show_spinner=False)
def curves_of(run_id: str) -> Curves:
    """The one `Curves` of a run in this server."""
    return Curves(run_id)

"""A run's curves in memory: fetched by cursor, so that a tick reads only what is new."""

from __future__ import annotations

import threading

import streamlit as st

from app.charts.table import Table, Values, as_table, gather
from engine import api


class Curves:
    """All points of one run read so far. Shared by every open page of this server: guarded by a lock."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id
        self._lock = threading.Lock()
        self._values: Values = {}
        self._table: Table = {}
        self._cursor = 0

    def read(self) -> tuple[Table, int]:
        """The curves as they are now, and a number that changes when they do. Raises NotFound."""
        with self._lock:
            rows, cursor = api.metrics(self._run_id, after=self._cursor)
            if cursor != self._cursor:
                self._cursor = cursor
                self._table = as_table(gather(rows, self._values))
            return self._table, self._cursor


@st.cache_resource(max_entries=32, show_spinner=False)
def curves_of(run_id: str) -> Curves:
    """The one `Curves` of a run in this server."""
    return Curves(run_id)

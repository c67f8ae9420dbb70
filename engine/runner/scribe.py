"""The one writer of a run's rows while its worker lives: a thread that beats, writes in batches, and hears wishes."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from engine.errors import DistilleryError, NoSpace, RunFailed
from engine.runner import process
from engine.store import runs
from engine.store.database import read, write
from engine.store.states import AT_WORK, WISHES
from engine.store.tables import MetricRow, RunRow
from engine.store.workspace import Workspace

BATCH_SECONDS = 1.0  # between two writes
LISTEN_SECONDS = 0.25  # between two looks for a wish
PATIENCE = 60.0  # seconds a database may refuse before the run is given up


class Superseded(RunFailed):
    """The run is no longer this worker's: it was declared lost, or its workspace is gone."""


class Scribe:
    """Collects what a worker has to say about its run.

    Every write is conditional on the run being in this worker's hands still (its `life`), so that a worker taken for dead
    cannot mix its points into those of its successor.
    """

    def __init__(self, workspace: Workspace, run_id: str, life: int) -> None:
        self.workspace, self.run_id, self.life = workspace, run_id, life
        self.wish = ""  # "stop" or "pause" once somebody asked
        self._before = 0.0
        self._began = time.monotonic()
        self._values: dict[str, Any] = {}
        self._points: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._wake, self._over = threading.Event(), threading.Event()
        self._written = self._succeeded = -math.inf
        self._fault: DistilleryError | None = None
        self._thread = threading.Thread(target=self._listen, name="scribe", daemon=True)

    def begin(self) -> RunRow:
        """Takes the run into this worker's hands and starts beating; the row as it stood. Raises Superseded."""
        pid, created = process.own()
        with write(self.workspace) as session:
            mine = update(RunRow).where(RunRow.id == self.run_id, RunRow.life == self.life, RunRow.state.in_(AT_WORK))
            if not runs.change(session, mine.values(pid=pid, pid_created=created, heartbeat=time.time())):
                raise Superseded(f"Run '{self.run_id}' does not wait for this worker.")
            row = session.get_one(RunRow, self.run_id)
        self._before, self._succeeded = row.seconds, time.monotonic()
        self._thread.start()
        return row

    @property
    def seconds(self) -> float:
        """Work time of the run over all its lives."""
        return self._before + time.monotonic() - self._began

    def say(self, **values: Any) -> None:
        """Columns of the run to be written with the next batch."""
        with self._lock:
            self._values |= values

    def points(self, step: int, values: Mapping[str, float]) -> None:
        """Points of curves. The first after a silence are written at once."""
        seconds = round(self.seconds, 3)
        rows = [
            {"run_id": self.run_id, "step": step, "name": name, "value": _stored(value), "seconds": seconds}
            for name, value in values.items()
        ]
        with self._lock:
            self._points += rows
        self._wake.set()

    def check(self) -> None:
        """Raises in the worker's own thread what went wrong in the writing one."""
        if self._fault:
            raise self._fault

    def running(self) -> None:
        """The run has begun; nothing happens if a wish came first."""
        with write(self.workspace) as session:
            runs.move(session, self.run_id, "running", life=self.life)

    def close(self, state: str, **values: Any) -> None:
        """Writes what is left and moves the run to its end state. Raises Superseded, NoSpace, RunFailed."""
        self._over.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()
        with write(self.workspace) as session:
            self._write(session, *self._take())
            if state in WISHES.values():  # asked for by a signal: the row does not know yet
                runs.move(session, self.run_id, "stopping", life=self.life)
            ended = {
                "finished": time.time(),
                "phase": "",
                "phase_done": 0,
                "phase_total": 0,
                "eta": None,
                "wish": "",
                "wish_at": None,
            }
            if not runs.move(session, self.run_id, state, life=self.life, **ended | values):
                raise Superseded(f"Run '{self.run_id}' was taken from this worker.")

    def _listen(self) -> None:
        while not self._over.is_set():
            self._wake.wait(LISTEN_SECONDS)
            if self._wake.is_set() and time.monotonic() - self._written < BATCH_SECONDS:
                self._over.wait(LISTEN_SECONDS)
            self._wake.clear()
            try:
                self._once()
                self._succeeded = time.monotonic()
            except (Superseded, NoSpace) as error:
                self._fault = error
                return
            except DistilleryError as error:
                if time.monotonic() - self._succeeded > PATIENCE:
                    self._fault = error
                    return

    def _once(self) -> None:
        if self.workspace.gone:
            raise Superseded(f"The workspace '{self.workspace.root}' is gone.")
        with read(self.workspace) as session:
            self.wish = session.scalar(select(RunRow.wish).where(RunRow.id == self.run_id)) or ""
        if time.monotonic() - self._written >= BATCH_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Writes one batch now. Raises Superseded, NoSpace, RunFailed; what could not be written is kept."""
        values, points = self._take()
        try:
            with write(self.workspace) as session:
                self._write(session, values, points)
        except BaseException:
            with self._lock:
                self._values, self._points = values | self._values, points + self._points
            raise
        self._written = time.monotonic()

    def _take(self) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        with self._lock:
            taken = self._values, self._points
            self._values, self._points = {}, []
        return taken

    def _write(self, session: Session, values: Mapping[str, Any], points: list[dict[str, Any]]) -> None:
        mine = update(RunRow).where(RunRow.id == self.run_id, RunRow.life == self.life, RunRow.state.in_(AT_WORK))
        if not runs.change(session, mine.values(heartbeat=time.time(), seconds=self.seconds, **values)):
            raise Superseded(f"Run '{self.run_id}' was taken from this worker.")
        if points:
            session.execute(insert(MetricRow), points)


def _stored(value: float) -> float | None:
    """Databases disagree about NaN and infinity; NULL stands for both."""
    return float(value) if math.isfinite(value) else None

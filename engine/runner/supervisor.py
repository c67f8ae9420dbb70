"""The one process per workspace that starts the others: a worker per run as slots allow, and the lab for tasks. Torch-free.

It keeps nothing in memory that matters: which run is in which slot stands in the database, so that a new supervisor takes over
the workers of a dead one by reading. Runs go on without it; only new ones wait.
"""

from __future__ import annotations

import dataclasses
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

import filelock
from sqlalchemy import update

from engine.errors import BadConfig, DistilleryError, WrongState
from engine.runner import life, process, services, slots
from engine.store import purge, runs, tasks
from engine.store.database import dispose, write
from engine.store.records import config_from
from engine.store.states import AT_WORK, LIVE
from engine.store.tables import RunRow
from engine.store.workspace import Workspace

WORKER = ("-m", "engine.runner.worker")
LAB = ("-m", "engine.runner.lab")
POLL = 0.2  # seconds between two looks at the queue
BEAT = 1.0
PURGE = 60.0
STOP_GRACE = 60.0  # seconds a worker may take to react to a wish
KILL_GRACE = 15.0  # seconds more it may take to react to SIGTERM


class Supervisor:
    """`worker` and `lab` are the arguments that start them; a run's id and life follow the worker's."""

    def __init__(self, workspace: Workspace, worker: Sequence[str] = WORKER, lab: Sequence[str] = LAB, stop_grace: float = STOP_GRACE,
                 heartbeat_limit: float = life.HEARTBEAT_LIMIT) -> None:  # fmt: skip
        self.workspace = workspace
        self._worker, self._lab_arguments = tuple(worker), tuple(lab)
        self._stop_grace, self._limit = stop_grace, heartbeat_limit
        self._gpus = slots.gpus()
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._causes: dict[str, str] = {}  # run -> how its worker ended, where this process saw it
        self._lab: subprocess.Popen[bytes] | None = None
        self._beaten = self._purged = 0.0
        self._stopping = False
        self.busy_at = time.monotonic()

    def serve(self, idle_exit: float | None = None) -> str:
        """Works until told to stop, idle for `idle_exit` seconds, or the workspace is gone; says why it ended.

        Raises WrongState when another supervisor serves this workspace.
        """
        self.workspace.root.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(self.workspace.supervisor_lock)
        try:
            held = lock.acquire(timeout=1)
        except filelock.Timeout:
            raise WrongState(
                f"A supervisor serves workspace '{self.workspace.root}' already; use that one, or end it first."
            ) from None
        with held:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, self.stop)
            services.beat(self.workspace, services.SUPERVISOR)
            self.workspace = dataclasses.replace(self.workspace, existing=True)  # made, if need be, by the line above
            reason = self._loop(idle_exit)
            if not self.workspace.gone:
                services.leave(self.workspace, services.SUPERVISOR)
        dispose(self.workspace)
        return reason

    def stop(self, *_: object) -> None:
        """Asks `serve` to end; workers go on."""
        self._stopping = True

    def held(self) -> list[str]:
        """Ids of the runs that workers are at."""
        return [] if self.workspace.gone else [row.id for row in runs.in_states(self.workspace, AT_WORK)]

    def _loop(self, idle_exit: float | None) -> str:
        while not self._stopping:
            if self.workspace.gone:
                return "the workspace is gone"
            try:
                self.tick()
            except DistilleryError as error:  # a full disk or a busy database: both may pass
                if not self.workspace.gone:
                    print(error, file=sys.stderr, flush=True)
                    time.sleep(BEAT)
            if idle_exit is not None and time.monotonic() - self.busy_at > idle_exit:
                return f"idle for {idle_exit:.0f} seconds"
            time.sleep(POLL)
        return "asked to stop"

    def tick(self) -> None:
        """One look at everything."""
        now = time.monotonic()
        if now - self._beaten >= BEAT:
            services.beat(self.workspace, services.SUPERVISOR)
            self._beaten = now
        if now - self._purged >= PURGE:
            purge.purge(self.workspace)
            self._purged = now
        self._reap()
        live = runs.in_states(self.workspace, LIVE)
        held = [row for row in live if row.state in AT_WORK]
        held = [row for row in held if not self._lost(row)]
        for row in held:
            self._hasten(row)
        self._schedule([row for row in live if row.state == "queued"], {row.slot for row in held})
        if self._mind_lab() or live:
            self.busy_at = now

    # ---- runs

    def _schedule(self, queued: Sequence[RunRow], taken: set[str]) -> None:
        """Starts what has waited longest and fits; a run that must wait for its slot does not hold up the others."""
        for row in queued:
            try:
                wanted = slots.choices(config_from(row.config).device, self._gpus)
            except BadConfig as error:
                self._refuse(row, error)
                continue
            free = [slot for slot in wanted if slot not in taken]
            if free and self._start(row, free[0]):
                taken.add(free[0])

    def _start(self, row: RunRow, slot: str) -> bool:
        now, number = time.time(), row.life + 1
        names = {gpu.uuid: gpu.name for gpu in self._gpus}
        claimed = {"slot": slot, "device": names.get(slot, "CPU"), "heartbeat": now, "pid": None, "pid_created": None, "wish": "",
                   "phase": "starting", "started": row.started or now}  # fmt: skip
        with write(self.workspace) as session:
            if not runs.move(session, row.id, "starting", life=row.life, **claimed):
                return False
            session.execute(update(RunRow).where(RunRow.id == row.id).values(life=number))
        devices = {"CUDA_VISIBLE_DEVICES": "" if slot == slots.CPU else slot}
        try:
            child = process.spawn(
                [*self._worker, row.id, str(number)], self.workspace, self.workspace.run(row.id).output, devices
            )
        except OSError as error:
            self._refuse(
                row,
                DistilleryError(
                    f"The worker process could not be started ({error.strerror}); free memory or processes, then resume."
                ),
            )
            return False
        self._children[row.id] = child
        self._causes.pop(row.id, None)
        who = process.identify(child.pid)
        if who:
            with write(self.workspace) as session:
                mine = update(RunRow).where(RunRow.id == row.id, RunRow.life == number)
                session.execute(mine.values(pid=who.pid, pid_created=who.created))
        return True

    def _refuse(self, row: RunRow, error: DistilleryError) -> None:
        with write(self.workspace) as session:
            runs.move(
                session,
                row.id,
                "failed",
                error=str(error),
                error_kind=type(error).__name__,
                finished=time.time(),
                phase="",
            )

    def _reap(self) -> None:
        """Takes note of children that ended: until then they stay zombies."""
        for run_id, child in list(self._children.items()):
            code = child.poll()
            if code is not None:
                del self._children[run_id]
                how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
                hint = ", often for want of memory" if code == -signal.SIGKILL else ""
                self._causes.setdefault(run_id, f"{how}{hint}")

    def _lost(self, row: RunRow) -> bool:
        return life.settle(self.workspace, row, self._limit, self._causes.get(row.id, ""))

    def _hasten(self, row: RunRow) -> None:
        """Ends a worker that does not react to a wish."""
        overdue = process.age(row.wish_at) - self._stop_grace if row.state == "stopping" and row.wish_at else -1.0
        if overdue < 0 or row.pid is None or row.pid_created is None:
            return
        self._causes[row.id] = (
            f"because it did not react to the wish to {row.wish} within {self._stop_grace:.0f} seconds"
        )
        process.signal(row.pid, row.pid_created, signal.SIGTERM if overdue < KILL_GRACE else signal.SIGKILL)

    # ---- tasks

    def _mind_lab(self) -> bool:
        """Starts the lab when tasks wait; fails the tasks of a lab that died. Whether there is anything to do for it."""
        code = self._lab.poll() if self._lab else None
        if code is not None:
            self._lab = None
        waiting, running = tasks.counts(self.workspace)
        if self._lab is None and not services.alive(self.workspace, services.LAB):
            if running:
                tasks.abandon(self.workspace)
            elif waiting and code:  # it died before it took one: the next would, too
                tasks.refuse(
                    self.workspace,
                    f"The process for such work could not be started; '{self.workspace.lab_log}' says why.",
                )
            elif waiting:
                self._lab = process.spawn(self._lab_arguments, self.workspace, self.workspace.lab_log, {})
        return waiting + running > 0

"""The process of one run: takes what the work yields and keeps it. `python -m engine.runner.worker RUN_ID LIFE`.

Started by the supervisor only, in a session of its own. A wish to stop or pause (or SIGTERM) ends it at the next point where
the run can be left without losing more than the inner loop under way.
"""

from __future__ import annotations

import dataclasses
import logging
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, cast

from engine import provenance
from engine.config import RunConfig
from engine.errors import DistilleryError
from engine.events import SEEN, Checkpoint, Done, Evaluated, Event, Metrics, Opened, Picked, Progress, Snapshot, State
from engine.runner import checkpoints, faults
from engine.runner.pace import Pace
from engine.runner.picks import PickBook
from engine.runner.scribe import Scribe, Superseded
from engine.runner.slots import CPU
from engine.store import artifacts, history
from engine.store.database import WorkspaceGone
from engine.store.records import config_from
from engine.store.states import WISHES
from engine.store.workspace import RunFolder, Workspace

CHECKPOINT_SECONDS = 30.0  # between two that nobody asked for
WORDS = {
    "distilled": "the synthetic images",
    "initial": "the starting images",
    "random": "random real images",
    "full": "the whole training set",
}

Work = Callable[[RunConfig, Path, State | None], Iterator[Event]]


def main(arguments: list[str]) -> int:
    """Works on the run until it ends, one way or another."""
    run_id, life = arguments
    return run(Workspace.current(existing=True), run_id, int(life))


def run(workspace: Workspace, run_id: str, life: int, work: Work | None = None) -> int:
    """One life of a run; `work` is `engine.pipeline.work` unless given. Returns the exit code of the process."""
    scribe = Scribe(workspace, run_id, life)
    try:
        row = scribe.begin()
        provenance.record(workspace.run(run_id).provenance, "" if row.slot == CPU else row.device)
        worker = Worker(workspace, scribe, config_from(row.config), row.slot)
        signal.signal(signal.SIGTERM, worker.terminate)
        with _warnings_kept(workspace.run(run_id)):
            return worker.live(work)
    except (Superseded, WorkspaceGone) as error:
        print(error, file=sys.stderr)
        return 1


class Worker:
    """Keeps what a run's events say, and decides when it may be left."""

    def __init__(self, workspace: Workspace, scribe: Scribe, config: RunConfig, slot: str) -> None:
        self._folder, self._cache, self._scribe = workspace.run(scribe.run_id), workspace.cache, scribe
        # The supervisor shows a worker just the GPU of its slot, so it is the first one here.
        self._config = dataclasses.replace(config, device=CPU if slot == CPU else "cuda")
        self._pace = Pace(config)
        self._picks = PickBook(self._folder, config)
        self._terminated = False
        self._phase = ""
        self._told: set[str] = set()
        self._classes = 0
        self._start = -1  # step of the checkpoint this life began with
        self._known: frozenset[str] = frozenset()  # curves that already have their point at that step
        self._checkpoint: Checkpoint | None = None  # the last one, while its state may still be asked for
        self._met = False  # whether there was any checkpoint in this life
        self._saved, self._saved_at = -1, time.monotonic()
        self._results: dict[str, Any] = {}

    def terminate(self, *_: object) -> None:
        """Like a wish to stop, from the operating system."""
        self._terminated = True

    def live(self, work: Work | None) -> int:
        """Runs to the end; writes down which end it was."""
        try:
            events = (work or _pipeline())(self._config, self._cache, self._resume())
            state = self._follow(events)
        except (Superseded, WorkspaceGone):
            raise
        except Exception as error:
            return self._fail(error)
        self._log({"finished": f"Finished after {self._scribe.seconds:.0f} s of work."}.get(state, f"Run {state}."))
        self._scribe.close(state)
        return 0

    def _resume(self) -> State | None:
        """The state to go on from; forgets what was recorded past it."""
        found = checkpoints.newest(self._folder)
        self._start, state = found if found else (-1, None)
        self._saved = self._start
        self._known, self._results = history.rewind(self._scribe.workspace, self._scribe.run_id, self._start)
        self._scribe.say(step=max(self._start, 0))
        where = f"on {'the CPU' if self._config.device == CPU else 'the GPU'}"
        self._log(f"Resumed {where} from step {self._start}." if found else f"Started {where}.")
        return state

    def _follow(self, events: Iterator[Event]) -> str:
        """Keeps events until the last one or until the run may be left as wished; the state it ends in."""
        with closing(cast("Any", events)):
            for number, event in enumerate(events):
                if number == 0:
                    self._scribe.running()
                self._scribe.check()
                self._keep(event)
                if isinstance(event, Done):
                    return "finished"
                wish = self._scribe.wish or ("stop" if self._terminated else "")
                if wish and self._may_leave():
                    return WISHES[wish]
        raise RuntimeError("the work ended without saying that it is done")

    def _may_leave(self) -> bool:
        """Writes a checkpoint if the state can be had; otherwise the next inner loop brings one."""
        if self._checkpoint is not None:
            self._save(self._checkpoint)
        return self._checkpoint is not None or not self._met or self._saved == self._config.total_steps

    def _save(self, checkpoint: Checkpoint) -> None:
        if checkpoint.step != self._saved:
            checkpoints.save(self._folder, checkpoint.step, checkpoint.state())
            self._saved, self._saved_at = checkpoint.step, time.monotonic()

    def _keep(self, event: Event) -> None:
        if not isinstance(event, (Progress, Evaluated, Checkpoint)):
            self._checkpoint = None  # the loop goes on: its state is under way from here
        if isinstance(event, Picked):
            self._picks.add(event)
            return
        self._picks.flush()  # all classes of a step have been told one after the other
        match event:
            case Progress():
                self._progress(event.phase, event.done, event.total)
            case Opened():
                self._opened(event)
            case Metrics():
                fresh = event.step != self._start or not self._known
                self._scribe.points(
                    event.step,
                    event.values if fresh else {k: v for k, v in event.values.items() if k not in self._known},
                )
            case Snapshot():
                self._snapshot(event)
            case Checkpoint():
                self._stepped(event)
            case Evaluated():
                self._evaluated(event)
            case Done():
                pass  # the end is the caller's

    def _progress(self, phase: str, done: int, total: int) -> None:
        if phase != self._phase:
            self._phase = phase
            self._pace.phase_began(time.monotonic())
            if phase not in self._told:  # a fresh network is warmed up a thousand times: once is enough to say so
                self._told.add(phase)
                self._log(f"Now: {phase}.")
        self._scribe.say(phase=phase, phase_done=done, phase_total=total, eta=self._pace.left(time.monotonic()))

    def _opened(self, event: Opened) -> None:
        self._classes = len(event.classes)
        artifacts.write_json(self._folder.classes, list(event.classes))
        self._pace.opened(self._classes, event.train, time.monotonic())
        self._picks.opened(self._classes)
        size = f"{event.side}x{event.side} {'grey' if event.channels == 1 else 'colour'}"
        self._log(f"Read {event.train} training and {event.test} test images in {self._classes} classes, {size}.")

    def _snapshot(self, event: Snapshot) -> None:
        if event.step > self._start:
            images = event.images.detach().cpu().numpy()
            artifacts.write_snapshot(self._folder, event.step, images, self._classes or len(images) // self._config.ipc)

    def _stepped(self, event: Checkpoint) -> None:
        self._checkpoint, self._met = event, True
        last = event.step == self._config.total_steps
        if last or time.monotonic() - self._saved_at >= CHECKPOINT_SECONDS:
            self._save(event)
        now = time.monotonic()
        self._pace.stepped(event.step, now)
        self._phase = "distilling"
        progress = {"phase": self._phase, "phase_done": event.step, "phase_total": self._config.total_steps}
        self._scribe.say(step=event.step, eta=self._pace.left(now), **progress)

    def _evaluated(self, event: Evaluated) -> None:
        self._pace.evaluated(event.what, event.step, time.monotonic())
        self._results = self._results | {event.what: [score.to_dict() for score in event.scores]}
        self._scribe.say(results=self._results)
        words = ", ".join(
            f"{score.mean:.2f} ± {score.std:.2f} % ({score.network}, n = {score.n})" for score in event.scores
        )
        self._log(f"Accuracy of {_named(event.what)} at step {event.step}: {words}.")

    def _log(self, line: str) -> None:
        artifacts.log(self._folder, line)

    def _fail(self, error: Exception) -> int:
        """Ends the run as failed, with one sentence; only a bug leaves a traceback, in the log."""
        where = "this machine" if self._config.device == CPU else "the GPU"
        known = faults.explain(error, where)
        sentence = (
            str(known)
            if known
            else f"The run met a fault in Distillery ({type(error).__name__}); its log has the details, please report them."
        )
        lines = [] if known else ["".join(traceback.format_exception(error)).rstrip()]
        for line in [*lines, f"Failed: {sentence}"]:
            try:
                self._log(line)
            except (DistilleryError, OSError):
                print(line, file=sys.stderr)  # the disk is full: the row has the sentence
        self._scribe.close("failed", error=sentence, error_kind=type(known).__name__ if known else "Bug")
        return 1


class _RunLog(logging.Handler):
    """Puts what the engine warns of into the run's log, once each: a run may meet the same a thousand times."""

    def __init__(self, folder: RunFolder) -> None:
        super().__init__(logging.WARNING)
        self._folder, self._told = folder, set[str]()

    def emit(self, record: logging.LogRecord) -> None:
        line = record.getMessage()
        if line not in self._told:
            self._told.add(line)
            with suppress(DistilleryError, OSError):  # the disk is full: the run itself will say so
                artifacts.log(self._folder, line)


@contextmanager
def _warnings_kept(folder: RunFolder) -> Iterator[None]:
    logger, handler = logging.getLogger("engine"), _RunLog(folder)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def _named(what: str) -> str:
    """What was evaluated, in words."""
    return f"the memory of {what.removeprefix(SEEN)} classes" if what.startswith(SEEN) else WORDS.get(what, what)


def _pipeline() -> Work:
    from engine.pipeline import work  # torch: seconds to import, while the run is already taken and beating

    return work


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Where everything of one workspace lies. Paths only; nothing here reads or writes a file."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from engine.errors import BadRequest, NotFound
from engine.paths import given_path

HOME, DATABASE_URL = "DISTILLERY_HOME", "DISTILLERY_DATABASE_URL"
_ID = re.compile(r"[0-9a-f]{8}")


def checked_id(value: str, kind: str = "run") -> str:
    """`value` when it has the form of an id. Raises NotFound: ids come from outside, and become parts of paths."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise NotFound(
            f"'{value!s:.40}' is not the id of a {kind}; an id is 8 characters of 0-9 and a-f, as 'list' shows them."
        )
    return value


@dataclass(frozen=True)
class RunFolder:
    """The files of one run."""

    root: Path

    @property
    def config(self) -> Path:
        return self.root / "config.json"

    @property
    def classes(self) -> Path:
        return self.root / "classes.json"

    @property
    def provenance(self) -> Path:
        """What the run was made with: see engine/provenance.py."""
        return self.root / "provenance.json"

    @property
    def log(self) -> Path:
        return self.root / "log.txt"

    @property
    def output(self) -> Path:
        """Whatever the worker's libraries print, kept apart from the log that people read."""
        return self.root / "output.txt"

    @property
    def snapshots(self) -> Path:
        return self.root / "snapshots"

    @property
    def picks(self) -> Path:
        """Real images that were matched against, by step."""
        return self.root / "picks"

    @property
    def checkpoints(self) -> Path:
        return self.root / "checkpoints"

    @property
    def export(self) -> Path:
        return self.root / "export"


@dataclass(frozen=True)
class Workspace:
    """One folder with a database, runs, tasks and caches, and at most one supervisor.

    `existing`: the folder must be there already. Background processes say so, lest they bring back one that was deleted.
    """

    root: Path
    existing: bool = False

    @classmethod
    def current(cls, existing: bool = False) -> Workspace:
        """The workspace of this process: DISTILLERY_HOME, else ./workspace."""
        return cls(given_path(os.environ.get(HOME) or "workspace").absolute(), existing)

    def make(self) -> None:
        """Makes the folder where it is not there yet. Raises BadRequest where that cannot be."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            sentence = f"The workspace '{self.root}' cannot be made ({error.strerror}); set DISTILLERY_HOME to a folder you may write in."
            raise BadRequest(sentence) from None

    @property
    def database_file(self) -> Path:
        return self.root / "distillery.db"

    @property
    def database_url(self) -> str:
        """DISTILLERY_DATABASE_URL when set, else the SQLite file of this workspace."""
        return os.environ.get(DATABASE_URL) or f"sqlite:///{self.database_file}"

    @property
    def gone(self) -> bool:
        """Whether the folder, or the database in it, was deleted."""
        return not (self.root if os.environ.get(DATABASE_URL) else self.database_file).exists()

    @property
    def cache(self) -> Path:
        return self.root / "cache"

    @property
    def data(self) -> Path:
        """Downloaded datasets, a folder each."""
        return self.root / "data"

    @property
    def datasets(self) -> Path:
        """A person's own datasets: see engine/data/own.py."""
        return self.root / "datasets"

    @property
    def supervisor_lock(self) -> Path:
        return self.root / "supervisor.lock"

    @property
    def supervisor_log(self) -> Path:
        return self.root / "supervisor.log"

    @property
    def spawn_lock(self) -> Path:
        """Held while a supervisor is looked for and started, so that callers racing each other start one."""
        return self.root / "supervisor.spawn.lock"

    @property
    def lab_lock(self) -> Path:
        return self.root / "lab.lock"

    @property
    def lab_log(self) -> Path:
        return self.root / "lab.log"

    def run(self, run_id: str) -> RunFolder:
        """Raises NotFound when `run_id` cannot be an id."""
        return RunFolder(self.root / "runs" / checked_id(run_id))

    def task(self, task_id: str) -> Path:
        """Raises NotFound when `task_id` cannot be an id."""
        return self.root / "tasks" / checked_id(task_id, "task")

    @property
    def studies(self) -> Path:
        return self.root / "studies"

    def study(self, study_id: str) -> Path:
        """Raises NotFound when `study_id` cannot be an id."""
        return self.studies / checked_id(study_id, "study")

"""Files about runs, made on request by processes of their own: the web server stays small and quick meanwhile.

They are made in a temporary folder, not in the workspace, so that visitors of a read-only Distillery get them too.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from engine import api

ROOT = Path(__file__).resolve().parents[2]
AT_ONCE, KEPT = 2, 12  # processes at work; files kept for whoever asks again
FORMATS = {"html": "--to", "gif": "--gif", "mp4": "--mp4"}
WORKING, FINISHED, FAILED = "working", "finished", "failed"


class Look(NamedTuple):
    """How far a file is. `total` 0: unknown. `path` and `error` say something once it is finished or failed."""

    state: str
    phase: str
    done: int
    total: int
    path: Path
    error: str = ""


@dataclass
class _Build:
    run_id: str
    form: str
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def path(self) -> Path:
        return self.folder / f"file.{self.form}"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def working(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def over(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def start(self) -> None:
        command = (sys.executable, "-m", "app.report", self.run_id, FORMATS[self.form], str(self.path), "--progress")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=os.environ | {"DISTILLERY_HOME": str(api.workspace())}, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=log,
            )  # fmt: skip


class Builds:
    """All files that were asked for in this server, by key. May be used by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folder = tempfile.mkdtemp(prefix="distillery-report-")
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._builds: dict[str, _Build] = {}

    def ask(self, run_id: str, form: str, content: str) -> str:
        """The key of that file; `content` changes with everything that it is made from. `form` is one of FORMATS. A file that is
        there, or on its way, is not made again; one that failed is."""
        api.get_run(run_id)  # raises NotFound: what comes from outside becomes a word of a command
        key = f"{run_id} {form} {content}"
        with self._lock:
            known = self._builds.get(key)
            if known is None or (known.over and not known.path.exists()):
                folder = Path(tempfile.mkdtemp(dir=self._folder))
                self._builds[key] = _Build(run_id, form, folder)
            self._forget()
        return key

    def look(self, key: str) -> Look | None:
        """How far it is, None when it is not kept any more. Starts what waits for its turn."""
        with self._lock:
            self._pump()
            build = self._builds.get(key)
        if build is None:
            return None
        phase, done, total = _said(build)
        if not build.over:
            return Look(WORKING, phase, done, total, build.path)
        if build.path.exists():
            return Look(FINISHED, phase, done, total, build.path)
        return Look(FAILED, phase, done, total, build.path, _error(build))

    def _pump(self) -> None:
        free = AT_ONCE - sum(build.working for build in self._builds.values())
        for build in self._builds.values():
            if build.process is None and free > 0:
                build.start()
                free -= 1

    def _forget(self) -> None:
        done = [key for key, build in self._builds.items() if build.over]
        for key in done[: max(0, len(self._builds) - KEPT)]:
            self._builds.pop(key).path.unlink(missing_ok=True)


def _lines(build: _Build) -> list[str]:
    return build.log.read_text(encoding="utf-8", errors="replace").splitlines() if build.log.exists() else []


def _said(build: _Build) -> tuple[str, int, int]:
    """Phase, done and total as the process last told them."""
    for line in reversed(_lines(build)):
        if line.startswith("["):
            try:
                phase, done, total = json.loads(line)
                return str(phase), int(done), int(total)
            except (ValueError, TypeError):
                continue
    return ("starting" if build.process else "waiting for its turn"), 0, 0


def _error(build: _Build) -> str:
    """The sentence that the process ended with."""
    words = [line.removeprefix("error: ") for line in _lines(build) if line.startswith("error: ")]
    return words[-1] if words else "Making this file met a fault; 'python -m app.report' in a terminal shows it."

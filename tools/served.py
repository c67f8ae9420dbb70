"""The app as a person starts it, for tests: its own process, its own workspace, any free port."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
LAUNCHER = (sys.executable, "-m", "app.serve", "--port", "0")
START_SECONDS = 60  # generous: a busy machine with cold caches
STOP_SECONDS = 30


@dataclass(frozen=True)
class Served:
    """A running web server. `url` has no trailing slash; `home` is its workspace; `output` holds all that it printed."""

    process: subprocess.Popen[bytes]
    url: str
    home: Path
    output: Path

    def health(self) -> str:
        """What `/_stcore/health` answers: `ok` when all is well."""
        with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=10) as answer:
            body: bytes = answer.read()
        return body.decode()

    def interrupt(self) -> int:
        """Ctrl-C; gives the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(STOP_SECONDS)

    def kill(self) -> None:
        """SIGKILL: no chance to tidy up."""
        self.process.kill()
        self.process.wait(STOP_SECONDS)


def start(home: Path, command: Sequence[str] = LAUNCHER, environment: Mapping[str, str] = {}) -> Served:
    """Start the app on workspace `home` and wait until it is healthy. Raises RuntimeError with its output when it is not."""
    home.mkdir(parents=True, exist_ok=True)
    output = home.with_name(f"{home.name}-web-{time.monotonic_ns()}.log")
    with output.open("wb") as sink:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={k: v for k, v in os.environ.items() if k != "PORT"}
            | {"DISTILLERY_HOME": str(home)}
            | dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
        )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"URL: (http://\S+)", output.read_text(errors="replace")):
            served = Served(process, found[1].rstrip("/"), home, output)
            with suppress(urllib.error.URLError):
                if served.health() == "ok":
                    return served
        time.sleep(0.1)
    process.kill()
    process.wait()
    raise RuntimeError(f"The app did not start; it printed:\n{output.read_text(errors='replace')}")


def free_port() -> int:
    """A port of this machine that nobody uses just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def end_processes_of(folder: Path) -> None:
    """End every process of the user whose workspace lies in `folder`: supervisors and workers that a test left behind."""
    left = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            home = process.environ().get("DISTILLERY_HOME", "")
            if process.pid != os.getpid() and home and Path(home).is_relative_to(folder):
                process.kill()
                left.append(process)
    psutil.wait_procs(left, timeout=STOP_SECONDS)

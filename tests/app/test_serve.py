"""The launcher and the documented commands, started for real."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from app import serve as launcher
from engine import api
from engine.errors import RunFailed
from tools.served import LAUNCHER, ROOT, Served

STREAMLIT = (sys.executable, "-m", "streamlit", "run", "app/main.py", "--server.port=0", "--server.headless=true")
ANY_PORT = LAUNCHER[:3]  # as `make run` does it


@pytest.mark.parametrize("command", [LAUNCHER, STREAMLIT], ids=["launcher", "streamlit"])
def test_a_documented_command_serves_the_app_to_this_machine_only(
    serve: Callable[..., Served], command: tuple[str, ...]
) -> None:
    served = serve(command=command)
    assert served.health() == "ok"
    assert served.url.startswith("http://127.0.0.1:")


def test_two_at_once_take_two_ports_and_end_cleanly_on_ctrl_c(serve: Callable[..., Served], tmp_path: Path) -> None:
    first = serve(tmp_path / "one", command=ANY_PORT)
    second = serve(tmp_path / "two", command=ANY_PORT)
    assert first.url != second.url
    assert (first.health(), second.health()) == ("ok", "ok")
    for served in (first, second):
        assert served.interrupt() == 0
        printed = served.output.read_text()
        assert "Traceback" not in printed
        assert printed.rstrip().endswith("Stopped.")


def test_ctrl_c_while_it_starts_is_quiet() -> None:
    """Interrupted as soon as it lives, long before it serves."""
    script = (
        "import os, signal, sys, threading; from app import serve\n"
        "threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
        "sys.exit(serve.main(['--port', '0']))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_taken_port_that_was_asked_for_is_refused_in_a_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run([*ANY_PORT, "--port", str(port)], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert f"could not start on port {port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_port_comes_from_the_option_or_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert launcher.asked_port([]) is None
    monkeypatch.setenv("PORT", "8600")
    assert launcher.asked_port([]) == 8600
    assert launcher.asked_port(["--port", "0"]) == 0


@pytest.mark.parametrize("port", ["x", "-1", "65536", "8.5", "٣"])
def test_what_is_no_port_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        launcher.asked_port([f"--port={port}"])
    assert end.value.code == 2
    assert "is not a port; give a number" in capsys.readouterr().err


@dataclass
class FakeRun:
    id: str
    is_live: bool


@pytest.mark.parametrize(
    ("alive", "runs", "words"),
    [
        (False, [FakeRun("0a", True)], "Stopped."),  # nobody works on it
        (True, [FakeRun("0a", False)], "Stopped."),
        (True, [FakeRun("0a", True)], "1 run goes on in the background (0a)"),
        (
            True,
            [FakeRun("0a", True), FakeRun("0b", True), FakeRun("0c", False)],
            "2 runs go on in the background (0a, 0b)",
        ),
    ],
)
def test_the_last_line_tells_what_goes_on(
    alive: bool, runs: list[FakeRun], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "supervisor_alive", lambda: alive)
    monkeypatch.setattr(api, "list_runs", lambda: runs)
    line = launcher.farewell()
    assert words in line
    assert "\n" not in line
    assert ("engine stop" in line) is (line != "Stopped.")


def test_a_broken_store_does_not_spoil_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> bool:
        raise RunFailed("The database is busy.")

    monkeypatch.setattr(api, "supervisor_alive", broken)
    assert launcher.farewell() == "Stopped. The database is busy."


def test_make_run_and_make_test_do_what_the_documents_say() -> None:
    for target, lines in {
        "run": ["tools/environment.py", "-m app.serve"],
        "test": ["tools/environment.py --dev", "-m tools.suites"],
    }.items():
        done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=True)
        assert all(line in done.stdout for line in lines)

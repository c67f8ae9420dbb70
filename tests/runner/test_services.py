"""Starting the supervisor: once, detached, and gone with its workspace."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import psutil

from engine.runner import process, services
from engine.store import runs
from engine.store.workspace import Workspace
from tests.runner.fake import queue

CALL = "from engine import api; api.ensure_supervisor()"


def supervisors(here: Workspace) -> list[psutil.Process]:
    found = []
    for one in psutil.process_iter():
        try:
            if "serve" in one.cmdline() and one.environ().get("DISTILLERY_HOME") == str(here.root):
                found.append(one)
        except psutil.Error:
            continue
    return found


def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def test_racing_callers_start_one(here: Workspace) -> None:
    """Four processes at once, which end right after; what they started stays."""
    callers = [subprocess.Popen([sys.executable, "-c", CALL], cwd=process.ROOT) for _ in range(4)]
    assert [caller.wait(60) for caller in callers] == [0, 0, 0, 0]
    assert services.alive(here, services.SUPERVISOR)
    assert len(supervisors(here)) == 1
    services.ensure_supervisor(here)
    assert len(supervisors(here)) == 1


def test_they_end_with_their_workspace(here: Workspace) -> None:
    services.ensure_supervisor(here)
    with subprocess.Popen([sys.executable, "-m", "engine.runner.lab"], cwd=process.ROOT) as lab:
        until(lambda: services.alive(here, services.LAB))
        (supervisor,) = supervisors(here)
        shutil.rmtree(here.root)
        assert lab.wait(20) == 0
        assert supervisor.wait(20) in (0, None)
    assert not here.root.exists()


def test_a_killed_one_is_replaced(here: Workspace) -> None:
    services.ensure_supervisor(here)
    (first,) = supervisors(here)
    first.send_signal(signal.SIGKILL)
    first.wait(10)
    assert not services.alive(here, services.SUPERVISOR)
    services.ensure_supervisor(here)
    assert services.alive(here, services.SUPERVISOR)


def test_ctrl_c_ends_it_and_leaves_the_runs(here: Workspace) -> None:
    """In the foreground, with a worker in another process."""
    with subprocess.Popen(
        [sys.executable, "-m", "engine", "serve"], cwd=process.ROOT, stderr=subprocess.PIPE, text=True
    ) as serving:
        until(lambda: services.alive(here, services.SUPERVISOR))
        run_id = queue(here)
        until(lambda: runs.row(here, run_id).pid)
        serving.send_signal(signal.SIGINT)
        assert serving.stderr is not None
        said = serving.stderr.read()
        assert serving.wait(20) == 0
    row = runs.row(here, run_id)
    assert run_id in said and "asked to stop" in said and "Traceback" not in said
    assert process.alive(row.pid, row.pid_created)


def test_a_pid_alone_is_no_name() -> None:
    pid, created = process.own()
    assert pid == os.getpid() and process.alive(pid, created)
    assert not process.alive(pid, created - 60) and not process.alive(pid, None) and not process.alive(None, created)


def test_a_zombie_is_not_alive() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    until(lambda: psutil.Process(child.pid).status() == psutil.STATUS_ZOMBIE)
    assert process.identify(child.pid) is None
    child.wait()

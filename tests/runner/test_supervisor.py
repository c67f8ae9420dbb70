"""Queue, slots, the dead and the deaf. Where a worker's work does not matter, a sleeping process stands in for it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from sqlalchemy import update

from engine import api
from engine.errors import WrongState
from engine.runner import life, process, services, slots
from engine.runner.supervisor import Supervisor
from engine.store import artifacts, runs, tasks
from engine.store.database import write
from engine.store.tables import RunRow
from engine.store.workspace import Workspace
from tests.runner.fake import Pipeline, config_of, curves, live, queue

Supervise = Callable[..., Supervisor]
SLEEPER = ("-c", "import time; time.sleep(600)")
FAKE = (str(Path(__file__).with_name("fake_worker.py")),)
GPUS = (slots.Gpu("GPU-aaaa", "One"), slots.Gpu("GPU-bbbb", "Two"))


def tick_until(supervisor: Supervisor, condition: Callable[[], object], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        supervisor.tick()
        time.sleep(0.05)


def state(run_id: str) -> str:
    return api.get_run(run_id).state


@pytest.fixture
def gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "gpus", lambda: GPUS)


def test_one_run_at_a_time_on_the_cpu_and_first_come_first_served(here: Workspace, supervise: Supervise) -> None:
    first, second, third = (queue(here) for _ in range(3))
    supervisor = supervise(SLEEPER)
    supervisor.tick()
    assert [state(r) for r in (first, second, third)] == ["starting", "queued", "queued"]
    runs.wish(here, second, "stop")
    row = runs.row(here, first)
    assert row.pid and row.slot == slots.CPU and row.life == 1 and process.alive(row.pid, row.pid_created)
    with write(here) as session:
        runs.move(session, first, "failed")
    supervisor.tick()
    assert [state(r) for r in (first, second, third)] == ["failed", "stopped", "starting"]


@pytest.mark.usefixtures("gpus")
def test_gpus_and_the_cpu_work_side_by_side(here: Workspace, supervise: Supervise) -> None:
    wanted = ["auto", "cuda:1", "cuda", "cpu", "cuda:1"]
    ids = [queue(here, device=device) for device in wanted]
    supervise(SLEEPER).tick()
    rows = [runs.row(here, run_id) for run_id in ids]
    assert [row.state for row in rows] == ["starting", "starting", "queued", "starting", "queued"]
    assert [row.slot for row in rows] == ["GPU-aaaa", "GPU-bbbb", "", "cpu", ""]
    assert [row.device for row in rows] == ["One", "Two", "", "CPU", ""]
    seen = [psutil.Process(row.pid).environ()["CUDA_VISIBLE_DEVICES"] for row in rows if row.pid]
    assert seen == ["GPU-aaaa", "GPU-bbbb", ""]


def test_a_run_for_a_gpu_that_has_gone_fails_with_a_sentence(here: Workspace, supervise: Supervise) -> None:
    gone, fine = queue(here, device="cuda:0"), queue(here)
    supervise(SLEEPER).tick()
    assert (state(gone), state(fine)) == ("failed", "starting")
    assert "cuda:0" in api.get_run(gone).error and api.get_run(gone).error_kind == "BadConfig"


def test_a_killed_worker_is_lost_and_goes_on_from_its_checkpoint(here: Workspace, supervise: Supervise) -> None:
    """SIGKILL in the middle of a real worker process; the resumed run ends as one that nothing happened to."""
    whole, killed = queue(here, seed=1, outer=6), queue(here, seed=1, outer=6)
    with write(here) as session:
        runs.move(session, whole, "stopped")
    supervisor = supervise(FAKE, heartbeat_limit=0.5)
    tick_until(supervisor, lambda: len(curves(here, killed)) > 4)
    row = runs.row(here, killed)
    assert row.pid
    os.kill(row.pid, signal.SIGKILL)
    tick_until(supervisor, lambda: state(killed) == "lost")
    assert "signal 9" in api.get_run(killed).error
    runs.requeue(here, killed)
    tick_until(supervisor, lambda: state(killed) == "finished")
    assert runs.row(here, killed).life == 2
    runs.requeue(here, whole)
    assert live(here, whole, Pipeline()) == 0
    assert curves(here, killed) == curves(here, whole)


def test_a_new_supervisor_adopts_the_workers_of_a_dead_one(here: Workspace, supervise: Supervise) -> None:
    run_id, waiting = queue(here, seed=1), queue(here)
    tick_until(supervise(FAKE), lambda: state(run_id) == "running")
    heir = supervise(SLEEPER)
    heir.tick()
    assert state(waiting) == "queued"  # the slot is taken, though this one has started nothing
    assert heir.held() == [run_id]
    tick_until(heir, lambda: state(run_id) == "finished")
    tick_until(heir, lambda: state(waiting) == "starting")
    assert runs.row(here, run_id).life == 1


def test_a_slow_worker_is_not_lost(here: Workspace, supervise: Supervise) -> None:
    """No heartbeat for long, as after a suspended laptop, but the process is there: it will go on."""
    run_id = queue(here)
    supervisor = supervise(SLEEPER, heartbeat_limit=0.0)
    supervisor.tick()
    time.sleep(0.05)
    supervisor.tick()
    assert state(run_id) == "starting"


def test_a_worker_that_dies_before_it_begins_is_told(here: Workspace, supervise: Supervise) -> None:
    run_id = queue(here, seed=3)
    supervisor = supervise(("-c", "import sys; sys.exit(7)"), heartbeat_limit=0.2)
    tick_until(supervisor, lambda: state(run_id) == "lost")
    assert "exit code 7" in api.get_run(run_id).error


def test_who_reads_sees_a_dead_worker_without_any_supervisor(
    here: Workspace, supervise: Supervise, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = queue(here)
    supervise(SLEEPER).tick()
    row = runs.row(here, run_id)
    assert row.pid
    psutil.Process(row.pid).kill()
    psutil.Process(row.pid).wait(10)
    assert state(run_id) == "starting"  # its heartbeat is fresh still
    with write(here) as session:
        runs.change(session, update(RunRow).values(heartbeat=time.time() - 2 * life.HEARTBEAT_LIMIT))
    assert state(run_id) == "lost" and [run.state for run in api.list_runs()] == ["lost"]
    monkeypatch.setattr(services, "ensure_supervisor", lambda _: None)
    assert api.resume(run_id).state == "queued"


def test_a_deaf_worker_is_ended(here: Workspace, supervise: Supervise, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.runner import supervisor as module

    monkeypatch.setattr(module, "KILL_GRACE", 0.3)
    deaf = ("-c", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)")
    run_id = queue(here)
    supervisor = supervise(deaf, stop_grace=0.3, heartbeat_limit=0.2)
    supervisor.tick()
    time.sleep(0.5)  # until it has gone deaf
    runs.wish(here, run_id, "pause")
    assert state(run_id) == "stopping"
    tick_until(supervisor, lambda: state(run_id) == "lost")
    assert "did not react to the wish to pause" in api.get_run(run_id).error
    assert not process.alive(runs.row(here, run_id).pid, runs.row(here, run_id).pid_created)


def test_only_one_supervisor_serves(here: Workspace) -> None:
    services.ensure_supervisor(here)
    with pytest.raises(WrongState, match="already"):
        Supervisor(here).serve(0)


def test_an_idle_supervisor_ends_by_itself(here: Workspace) -> None:
    assert "idle" in Supervisor(here).serve(idle_exit=0)
    assert not services.alive(here, services.SUPERVISOR)


def test_a_task_is_done_by_a_lab_that_starts_by_itself(here: Workspace, supervise: Supervise) -> None:
    run_id = queue(here)
    live(here, run_id, Pipeline())
    task = tasks.request(here, "export", run_id, {"format": "npz"}, "x")
    supervisor = supervise(SLEEPER)
    tick_until(supervisor, lambda: not tasks.get(here, task.id).is_live)
    done = tasks.get(here, task.id)
    assert (done.state, done.error, done.result["step"]) == ("finished", "", 6)
    assert Path(done.result["path"]).is_file()


def test_a_lab_that_cannot_start_fails_its_tasks(here: Workspace, supervise: Supervise) -> None:
    run_id = queue(here)
    with write(here) as session:
        runs.move(session, run_id, "stopped")
    task = tasks.request(here, "export", run_id, {}, "x")
    supervisor = supervise(SLEEPER, lab=("-c", "import sys; sys.exit(3)"))
    tick_until(supervisor, lambda: not tasks.get(here, task.id).is_live)
    assert "could not be started" in tasks.get(here, task.id).error


def test_tasks_of_a_dead_lab_fail(here: Workspace, supervise: Supervise) -> None:
    run_id = queue(here)
    with write(here) as session:
        runs.move(session, run_id, "stopped")
    task = tasks.request(here, "export", run_id, {}, "x")
    assert tasks.claim(here)
    supervise(SLEEPER).tick()
    assert "ended unexpectedly" in tasks.get(here, task.id).error


def test_the_config_in_the_folder_is_the_one_in_the_database(here: Workspace) -> None:
    run_id = queue(here, seed=9)
    assert artifacts.read_json(here.run(run_id).config) == runs.row(here, run_id).config == config_of(seed=9).to_dict()

"""The machine by the front door: processes, devices, the queue as a supervisor takes it, logs, versions."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from sqlalchemy import update

from engine import api
from engine.errors import BadRequest
from engine.runner import gauges, services, slots
from engine.runner.supervisor import Supervisor
from engine.store import runs, tasks
from engine.store.database import write
from engine.store.tables import RunRow
from engine.store.workspace import Workspace
from tests.runner.fake import queue

SLEEPER = ("-c", "import time; time.sleep(600)")
GPUS = (slots.Gpu("GPU-aaaa", "One"), slots.Gpu("GPU-bbbb", "Two"))


def test_the_supervisor_starts_runs_in_the_order_that_was_wished(
    here: Workspace, supervise: Callable[..., Supervisor]
) -> None:
    ids = [queue(here) for _ in range(3)]
    api.move_in_queue(ids[2], 0)
    api.move_in_queue(ids[0], 1)
    wished = [ids[2], ids[0], ids[1]]
    assert [(one.run.id, one.position) for one in api.queued()] == list(zip(wished, range(3), strict=True))
    supervisor = supervise(SLEEPER)
    for run_id in wished:
        supervisor.tick()
        assert [worker.run.id for worker in api.workers()] == [run_id]
        with write(here) as session:
            runs.move(session, run_id, "failed")


def test_expected_starts_add_up(here: Workspace) -> None:
    working, *waiting = (queue(here) for _ in range(4))
    with write(here) as session:
        runs.move(session, working, "starting", slot="cpu", eta=100.0)
    found = api.queued()
    assert [one.run.id for one in found] == waiting and found[0].start == 100.0
    for before, after in pairwise(found):
        assert before.start is not None and before.seconds is not None and after.start == before.start + before.seconds
    with write(here) as session:
        session.execute(update(RunRow).where(RunRow.id == working).values(eta=None))
    assert [one.start for one in api.queued()] == [None, None, None], "nobody knows when the first begins"


def test_runs_for_two_gpus_are_expected_side_by_side(here: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [queue(here, device=device) for device in ("cuda:0", "cuda", "cuda", "cpu", "cuda:7")]
    monkeypatch.setattr(slots, "gpus", lambda: GPUS)
    starts = {one.run.id: one.start for one in api.queued()}
    assert [starts[run_id] for run_id in ids] == [0.0, 0.0, None, 0.0, None]


def test_services_come_and_go(here: Workspace) -> None:
    assert not api.service("supervisor").alive and not api.service("lab").alive
    services.beat(here, services.SUPERVISOR)
    found = api.service("supervisor")
    assert found.alive and found.pid and 0 < found.since <= found.seen
    services.leave(here, services.SUPERVISOR)
    assert api.service("supervisor") == ("supervisor", False, 0, 0.0, 0.0)


def test_the_cpu_is_always_there() -> None:
    cpu = api.devices()[0]
    assert cpu.slot == slots.CPU and cpu.memory and cpu.memory_total and cpu.memory < cpu.memory_total
    assert cpu.busy is not None and 0 <= cpu.busy <= 100


def test_gpus_as_the_driver_tells_them(monkeypatch: pytest.MonkeyPatch) -> None:
    told = "GPU-aaaa, 37, 1000, 80000\nGPU-bbbb, [N/A], [N/A], [N/A]\nnonsense\n"
    monkeypatch.setattr(slots, "gpus", lambda: (*GPUS, slots.Gpu("GPU-cccc", "Three")))
    monkeypatch.setattr(gauges, "_asked", lambda _: told)
    one, two, three = api.devices()[1:]
    assert (one.name, one.busy, one.memory, one.memory_total) == ("One", 37.0, 1048.576, 83886.08)
    assert (two.busy, two.memory, three.busy, three.memory_total) == (None, None, None, None)


def test_tasks_at_work_come_before_those_that_wait(here: Workspace) -> None:
    run_id = queue(here)
    asked = [tasks.request(here, "sampling", run_id, {"label": label}, "").id for label in range(3)]
    tasks.stop(here, asked[1])
    assert [task.id for task in api.live_tasks()] == [asked[0], asked[2]]
    tasks.claim(here)
    assert [task.state for task in api.live_tasks()] == ["running", "queued"]


def test_logs_newest_first_and_never_whole(here: Workspace) -> None:
    assert api.service_log("lab") == []
    here.supervisor_log.write_bytes(b"first\n\n\xff broken\n" + b"x" * 200_000 + b"\nlast\n")
    lines = api.service_log("supervisor")
    assert lines[0] == "last" and "first" not in lines and sum(map(len, lines)) <= 2**16
    for name in ("../x", "", "supervisor.log"):
        with pytest.raises(BadRequest, match="Unknown log"):
            api.service_log(name)


def test_versions_and_findings() -> None:
    found = api.versions()
    assert found["torch"] and found["streamlit"] and found["Distillery"] and found["Python"].startswith("3.")
    names = [check.name for check in api.findings()]
    assert {"python", "disk", "workspace", "database"} <= set(names)

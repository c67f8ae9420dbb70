"""Real runs on real digits, made once for all browser tests that only look at them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from engine import api
from engine.store import database
from engine.store.workspace import Workspace
from tools import served

SMALL = {
    "dataset": "digits", "ipc": 2, "outer": 4, "inner": 10, "width": 8, "depth": 2, "clusters": 8, "factor": 2,
    "pretrain_epochs": 0, "net_samples_per_step": 64, "eval_epochs": 5, "eval_repeats": 2, "full_epochs": 2,
    "reference_epochs": 1, "snapshot_every": 5, "metrics_every": 2, "migration_every": 5, "evaluate_every": 10,
}  # fmt: skip
GIVEN = (("dream+", 0), ("dream+", 1), ("idc", 0))
PATIENCE = 180.0  # seconds for all of them


class Gallery(NamedTuple):
    """A served workspace with finished runs: two seeds of DREAM+ (one group) and one of IDC, by "dream+ 0"."""

    url: str
    home: str
    runs: dict[str, str]


@pytest.fixture(scope="session")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    """For tests that look and do not touch; what they ask of the lab (tasks) stays for the next one."""
    home = tmp_path_factory.mktemp("gallery") / "workspace"
    home.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISTILLERY_HOME", str(home))
        runs = {f"{recipe} {seed}": api.launch(SMALL | {"recipe": recipe, "seed": seed}, name=f"{recipe} {seed}").id
                for recipe, seed in GIVEN}  # fmt: skip
        until = time.monotonic() + PATIENCE
        while any(run.is_live for run in api.list_runs()):
            assert time.monotonic() < until, "the small runs take too long"
            time.sleep(0.2)
        assert {run.state for run in api.list_runs()} == {"finished"}, [run.error for run in api.list_runs()]
        database.dispose(Workspace.current())
    web = served.start(home)
    yield Gallery(web.url, str(home), runs)
    web.kill()
    served.end_processes_of(home)

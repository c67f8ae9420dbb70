"""A worker process on the fake pipeline, for tests that need a real process: `fake_worker.py RUN_ID LIFE`.

What it does follows from the run's seed: 0 works through, 1 works slowly, 2 is deaf to every wish and to SIGTERM, 3 dies
before it takes the run.
"""

from __future__ import annotations

import signal
import sys
import time

from engine.runner import worker
from engine.store import runs
from engine.store.workspace import Workspace
from tests.runner.fake import Pipeline


def deafen() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(600)


if __name__ == "__main__":
    run_id, life = sys.argv[1:]
    here = Workspace.current()
    seed = runs.row(here, run_id).config["seed"]
    if seed == 3:
        sys.exit("this one does not even begin")
    pipeline = Pipeline({0: deafen} if seed == 2 else {}, pause=0.2 if seed == 1 else 0.0)
    sys.exit(worker.run(here, run_id, int(life), pipeline))
